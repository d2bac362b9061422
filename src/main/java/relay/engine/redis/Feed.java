package relay.engine.redis;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.ClientId;
import relay.fatal.Fatal;
import relay.message.UserId;

/**
 * What comes by the subscriptions of one session, in its order, by the thread of that connection. Messages wait at a gate
 * until the session has begun and those before them have been handed on.
 */
final class Feed extends RedisPubSubAdapter<String, byte[]> {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    private static final int MOST_CHANNELS = 1000;

    private final Parts parts;
    private final String own;
    private final String control;
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Map<String, CompletableFuture<Void>> confirmations = new ConcurrentHashMap<>();

    /** Changes with the inbox's lock held. */
    private volatile boolean dead;

    /** Written by the connection's thread, for the probe. */
    private volatile boolean busy;

    private volatile long heardAt = System.nanoTime();

    Feed(Parts parts) {
        this.parts = parts;
        own = parts.names().relay(parts.relay());
        control = parts.names().control();
    }

    /** Lets messages pass. */
    void open() {
        gate.countDown();
    }

    /** From now on nothing is handed on. */
    void die() {
        // A thread that waits at the gate holds no lock, and one that hands a message on has to finish that.
        parts.inbox().tell(receiver -> dead = true);
        gate.countDown();
        fail("the session has ended");
    }

    /** What is not confirmed yet will not be. */
    void fail(String why) {
        CallFailedException cause = CallFailedException.unexplained(why);
        confirmations.values().forEach(confirmation -> confirmation.completeExceptionally(cause));
    }

    boolean isDead() {
        return dead;
    }

    /** Whether anything has come since, or is being handed on. */
    boolean heardSince(long nanoTime) {
        return busy || heardAt - nanoTime > 0;
    }

    /** Completes when the server has confirmed each of these channels. */
    CompletionStage<Void> subscribe(Session session, Collection<String> channels) {
        List<String> all = List.copyOf(channels);
        List<CompletableFuture<Void>> awaited = new ArrayList<>();
        for (String channel : all) {
            awaited.add(confirmations.computeIfAbsent(channel, name -> new CompletableFuture<>()));
        }
        for (int i = 0; i < all.size(); i += MOST_CHANNELS) {
            String[] chunk =
                    all.subList(i, Math.min(all.size(), i + MOST_CHANNELS)).toArray(String[]::new);
            session.subscriptions().async().subscribe(chunk).exceptionally(failure -> {
                session.end("the engine refused a subscription: "
                        + Session.cause(failure).getMessage());
                return null;
            });
        }
        return CompletableFuture.allOf(awaited.toArray(CompletableFuture[]::new));
    }

    void unsubscribe(Session session, Collection<String> channels) {
        session.subscriptions()
                .async()
                .unsubscribe(channels.toArray(String[]::new))
                .exceptionally(failure -> {
                    session.end("the engine refused to end a subscription: "
                            + Session.cause(failure).getMessage());
                    return null;
                });
    }

    @Override
    public void subscribed(String channel, long count) {
        CompletableFuture<Void> confirmation = confirmations.remove(channel);
        if (confirmation != null) {
            confirmation.complete(null);
        }
    }

    @Override
    public void unsubscribed(String channel, long count) {
        parts.inbox().tell(receiver -> {
            if (!dead) {
                parts.follows().left(channel, receiver);
            }
        });
    }

    @Override
    public void message(String channel, byte[] message) {
        busy = true;
        try {
            if (channel.equals(own)) {
                notice(message);
            } else if (channel.equals(control)) {
                control(Bytes.text(message));
            } else {
                published(channel, message);
            }
        } catch (RuntimeException e) {
            LOG.error("what came by a channel could not be taken in", e);
        } catch (Error e) {
            Fatal.report(e);
            throw e;
        } finally {
            heardAt = System.nanoTime();
            busy = false;
        }
    }

    private void published(String channel, byte[] message) {
        Optional<Followed> followed = parts.follows().byChannel(channel);
        if (followed.isEmpty()) {
            return;
        }
        Envelope envelope = Envelope.parse(message);
        if (followed.get().state == Followed.State.SUBSCRIBING) {
            if (envelope.origin().equals(parts.relay())) {
                parts.publications().dropped(envelope.number());
            }
            return;
        }
        awaitOpen();
        parts.inbox().deliver(this, followed.get().topic, envelope);
    }

    /** An interrupt, whoever meant it, costs no message. */
    private void awaitOpen() {
        boolean interrupted = false;
        while (gate.getCount() > 0) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code b <barrier> <sequence>}, {@code a <number> <relay> <queued> <acknowledged>}, {@code r <id> <claim>}, or of {@link Questions}. */
    private void notice(byte[] message) {
        if (message[0] == Questions.ANSWERED.charAt(0)) {
            parts.questions().answered(message);
            return;
        }
        String text = Bytes.text(message);
        String[] words = text.split(" ", -1);
        switch (words[0]) {
            case "b" -> barrier(Long.parseLong(words[1]), Long.parseLong(words[2]));
            case "a" ->
                parts.publications()
                        .elsewhere(
                                Long.parseLong(words[1]),
                                words[2],
                                Integer.parseInt(words[3]),
                                Integer.parseInt(words[4]));
            case "r" -> replaced(words);
            case "q" -> parts.questions().asked(text);
            default -> LOG.warn("another relay said what this one does not know: is it of another version?");
        }
    }

    private void barrier(long number, long sequence) {
        Optional<CompletableFuture<Long>> arrived = parts.inbox().ask(receiver -> {
            if (dead) {
                return Optional.empty();
            }
            Optional<CompletableFuture<Long>> barrier = parts.barriers().arrived(number, sequence);
            // One that nobody waits for any more, or that only asked for the sequence, says nothing about the past.
            if (barrier.isPresent()) {
                parts.inbox().reached(sequence);
            }
            return barrier;
        });
        arrived.ifPresent(barrier -> barrier.complete(sequence));
    }

    private void replaced(String[] words) {
        long claim = Long.parseLong(words[2]);
        ClientId.parse(words[1]).ifPresent(id -> {
            parts.claims().forget(id, claim);
            parts.inbox().tell(receiver -> receiver.replaced(id, claim));
        });
    }

    /** {@code e <sequence>\n<epochs>}, {@code d <id>} of a registration, {@code u <user>}, all of whose are. */
    private void control(String text) {
        String what = text.substring(2);
        switch (text.substring(0, 2)) {
            case "e " ->
                parts.inbox().tell(receiver -> {
                    if (!dead) {
                        parts.inbox().update(EpochLines.parse(text.substring(text.indexOf('\n') + 1)));
                    }
                });
            case "d " -> ClientId.parse(what).ifPresent(parts.claims()::removed);
            case "u " -> parts.claims().check(new UserId(what));
            default -> LOG.warn("another relay said what this one does not know: is it of another version?");
        }
    }
}
