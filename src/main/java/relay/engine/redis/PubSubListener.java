package relay.engine.redis;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * What comes by the subscriptions of one connection, in its order, by the thread of that socket. Messages wait at a gate until
 * the handshake is over and those before them have been handed on.
 */
final class PubSubListener extends RedisPubSubAdapter<String, byte[]> {
    private static final Logger LOG = LoggerFactory.getLogger(PubSubListener.class);

    private final Keys keys;
    private final String ownChannel;
    private final OrderedReceiver receiver;
    private final FollowedTopics topics;
    private final PendingPublications pending;
    private final Barriers barriers;
    private final Claims claims;
    private final RedisPeers peers;
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Map<String, CompletableFuture<Void>> confirmations = new ConcurrentHashMap<>();

    /** Changes with the receiver's lock held. */
    private volatile boolean closed;

    /** Written by the socket's thread, for the probe. */
    private volatile boolean busy;

    private volatile long heardAt = System.nanoTime();

    PubSubListener(
            Keys keys,
            OrderedReceiver receiver,
            FollowedTopics topics,
            PendingPublications pending,
            Barriers barriers,
            Claims claims,
            RedisPeers peers) {
        this.keys = keys;
        this.ownChannel = keys.ownChannel();
        this.receiver = receiver;
        this.topics = topics;
        this.pending = pending;
        this.barriers = barriers;
        this.claims = claims;
        this.peers = peers;
    }

    /** Lets messages pass. */
    void open() {
        gate.countDown();
    }

    /** From now on nothing is handed on. */
    void close() {
        // A thread that waits at the gate holds no lock, and one that hands a message on has to finish that.
        receiver.tell(told -> closed = true);
        gate.countDown();
        fail("the connection to the engine has ended");
    }

    /** What is not confirmed yet will not be. */
    void fail(String why) {
        EngineException cause = EngineException.internal(why);
        confirmations.values().forEach(confirmation -> confirmation.completeExceptionally(cause));
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether anything has come since, or is being handed on. */
    boolean heardSince(long nanoTime) {
        return busy || heardAt - nanoTime > 0;
    }

    /** Completes when the server has confirmed that each of these channels is subscribed to. */
    CompletionStage<Void> awaitConfirmations(Collection<String> channels) {
        return CompletableFuture.allOf(channels.stream()
                .map(channel -> confirmations.computeIfAbsent(channel, name -> new CompletableFuture<>()))
                .toArray(CompletableFuture[]::new));
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
        receiver.tell(told -> {
            if (!closed) {
                topics.left(channel, told);
            }
        });
    }

    @Override
    public void psubscribed(String glob, long count) {
        subscribed(glob, count);
    }

    @Override
    public void punsubscribed(String glob, long count) {
        unsubscribed(glob, count);
    }

    @Override
    public void message(String channel, byte[] message) {
        take(() -> {
            if (channel.equals(ownChannel)) {
                toThisRelay(message);
            } else if (channel.equals(keys.control())) {
                toAllRelays(Reply.text(message));
            } else {
                published(channel, channel, message);
            }
        });
    }

    @Override
    public void message(String glob, String channel, byte[] message) {
        take(() -> published(glob, channel, message));
    }

    private void take(Runnable message) {
        busy = true;
        try {
            message.run();
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

    /** @param by the channel itself, or the glob that brings it */
    private void published(String by, String channel, byte[] bytes) {
        FollowedTopics.Followed followed = topics.byChannel(by);
        if (followed == null) {
            return;
        }
        ChannelMessage.parse(bytes, message -> take(() -> published(followed, channel, message)));
    }

    private void published(FollowedTopics.Followed followed, String channel, ChannelMessage message) {
        if (followed.state == FollowedTopics.State.SUBSCRIBING) {
            copyDropped(message);
            return;
        }
        awaitOpen();
        List<Topic> here = here(followed, channel, message);
        if (here.isEmpty() || receiver.deliver(this, here, message)) {
            copyDropped(message);
        }
    }

    private List<Topic> here(FollowedTopics.Followed followed, String channel, ChannelMessage message) {
        if (!message.topics().isEmpty()) {
            return message.topics().stream().filter(topics::isComplete).toList();
        }
        if (!followed.topic.isPattern()) {
            return List.of(followed.topic);
        }
        Topic topic = keys.topicOf(channel);
        return topics.isComplete(topic) ? List.of(topic) : List.of();
    }

    /** A message comes by a channel of each of its topics, and by each glob that matches one: whoever waits for reports is to know that this one brings none. */
    private void copyDropped(ChannelMessage message) {
        if (message.origin().equals(keys.relay())) {
            pending.dropped(message.number());
        } else if (message.confirm().isPresent()) {
            peers.reportDropped(message.origin(), message.number());
        }
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

    /** {@code b <barrier> <sequence>}, {@code a <number> <relay> <queued> <acknowledged>}, {@code x <number>}, {@code r <id> <claim>}, {@code m <id> <claim>}, or of {@link RedisPeers}. */
    private void toThisRelay(byte[] message) {
        if (message[0] == RedisPeers.ANSWER.charAt(0)) {
            peers.answered(message);
            return;
        }
        String text = Reply.text(message);
        String[] words = text.split(" ", -1);
        switch (words[0]) {
            case "b" -> barriers.arrived(this, Long.parseLong(words[1]), Long.parseLong(words[2]));
            case "a" ->
                pending.reported(
                        Long.parseLong(words[1]), words[2], Integer.parseInt(words[3]), Integer.parseInt(words[4]));
            case "x" -> pending.droppedElsewhere(Long.parseLong(words[1]));
            case "r" -> replaced(words[1], Long.parseLong(words[2]));
            case "m" -> taken(words[1], Long.parseLong(words[2]));
            case "q" -> peers.asked(text);
            default -> warnOfAnotherVersion();
        }
    }

    private void replaced(String secret, long claim) {
        ClientId.parse(secret).ifPresent(id -> {
            claims.forget(id, claim);
            receiver.tell(told -> told.replaced(id, claim));
        });
    }

    private void taken(String secret, long claim) {
        ClientId.parse(secret).ifPresent(id -> claims.taken(id, claim));
    }

    /** {@code e <sequence>\n<epochs>}, {@code d <id>} of a removed registration, {@code u <user>}, all of whose are removed. */
    private void toAllRelays(String text) {
        String what = text.substring(2);
        switch (text.substring(0, 2)) {
            case "e " ->
                receiver.tell(told -> {
                    if (!closed) {
                        receiver.update(OrderedReceiver.parseEpochs(text.substring(text.indexOf('\n') + 1)));
                    }
                });
            case "d " -> ClientId.parse(what).ifPresent(claims::removed);
            case "u " -> {
                UserId user = new UserId(what);
                claims.check(user);
                receiver.tell(told -> told.removedAllOf(user));
            }
            default -> warnOfAnotherVersion();
        }
    }

    private static void warnOfAnotherVersion() {
        LOG.warn("another relay sent what this one does not know: is it of another version?");
    }
}
