package relay.websocket;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.client.Client;
import relay.client.Permissions;
import relay.fatal.Fatal;
import relay.hub.Renewer;
import relay.json.Json;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.outbound.SendQueue;
import relay.schedule.Ticker;

/**
 * Checks the tokens that clients send on their sockets, and has those that are good put in force. For any thread.
 *
 * <p>A signature takes up to a millisecond to check, so that is done in threads for requests, and in few of them at a time: however many
 * clients send tokens, there is time for others. What waits is bounded by the connections: each has one command under way.
 */
public final class TokenRenewals {
    private static final Logger LOG = LoggerFactory.getLogger(TokenRenewals.class);

    private final Access access;
    private final Renewer renewer;
    private final Ticker ticker;
    private final InstantSource clock;
    private final Executor executor;
    private final int mostAtATime;
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger running = new AtomicInteger();

    /**
     * None waits yet.
     *
     * @param executor has threads for requests
     * @param mostAtATime how many of these check a token at the same time at most
     */
    public TokenRenewals(
            Access access, Renewer renewer, Ticker ticker, InstantSource clock, Executor executor, int mostAtATime) {
        this.access = access;
        this.renewer = renewer;
        this.ticker = ticker;
        this.clock = clock;
        this.executor = executor;
        this.mostAtATime = mostAtATime;
    }

    /**
     * Renews the credential of a client that is connected by a token.
     *
     * @param isAnswered whether it is told that this is done; it is told in any case that it is not, or which topics it loses
     * @param answered called when all that there is to tell has been written
     * @param refused called instead with the frame to send: nothing has changed
     */
    void renew(
            String token,
            Client client,
            SendQueue queue,
            Json json,
            boolean isAnswered,
            Runnable answered,
            Consumer<ByteBuffer> refused) {
        if (!client.permissions().hasEnd()) {
            refused.accept(SocketAnswer.notRenewable(json));
            return;
        }
        waiting.add(() -> {
            try {
                Caller caller = access.verifyToken(token);
                if (caller.user().isEmpty() || !caller.user().equals(client.user())) {
                    refused.accept(SocketAnswer.anothersToken(json));
                    return;
                }
                renew(
                        caller,
                        client,
                        queue,
                        new Answers(json, isAnswered, end(caller)),
                        answered,
                        cause -> refused.accept(SocketAnswer.unavailable(json, cause)));
            } catch (AccessDeniedException e) {
                refused.accept(SocketAnswer.refused(json, e));
            }
        });
        work();
    }

    private void renew(
            Caller caller,
            Client client,
            SendQueue queue,
            Answers answers,
            Runnable answered,
            Consumer<UnavailableException> refused) {
        LOG.debug("client {} renews its credential: it ends at {}", client.id(), answers.end());
        Permissions permissions = Permissions.of(
                        client.permissions().own(), caller.topics(), caller.remaining(), ticker.nanos())
                .withPublish(client.permissions().publish());
        renewer.renew(client, queue, permissions, answers, answered, refused);
    }

    /** Tokens count in whole seconds. */
    private Instant end(Caller caller) {
        Duration left = caller.remaining().orElse(Duration.ZERO);
        return clock.instant().plus(left).plusMillis(500).truncatedTo(ChronoUnit.SECONDS);
    }

    /** Goes on in another thread, unless enough do. */
    private void work() {
        if (running.getAndUpdate(now -> Math.min(now + 1, mostAtATime)) < mostAtATime) {
            executor.execute(Fatal.watched(this::workOn));
        }
    }

    private void workOn() {
        Runnable next = waiting.poll();
        try {
            if (next != null) {
                next.run();
            }
        } finally {
            running.decrementAndGet();
            if (!waiting.isEmpty()) {
                work();
            }
        }
    }

    /** What a client is told. */
    private record Answers(Json json, boolean isAnswered, Instant end) implements Renewer.Answers {
        @Override
        public Optional<ByteBuffer> renewed(Set<Topic> kept) {
            return isAnswered ? Optional.of(SocketAnswer.renewed(json, kept, end)) : Optional.empty();
        }

        @Override
        public ByteBuffer lost(Set<Topic> lost) {
            return SocketAnswer.lost(json, lost);
        }

        @Override
        public ByteBuffer notStored(UnavailableException cause) {
            return SocketAnswer.notStored(json, cause);
        }
    }
}
