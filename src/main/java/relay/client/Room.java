package relay.client;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import relay.message.Topic;

/**
 * How much of the heap all clients may take together, and how many topics they may ask for: so that however many there are,
 * and whatever they ask for, they do not fill it. For any thread.
 *
 * <p>Each is counted with what it takes at the most, as it was measured: connected, kept, its topics nobody else's. What it
 * takes beside that, its queue and what is held of its topics, has bounds of its own.
 */
public final class Room {
    /** An open connection, of 3.3 KB when it is idle. */
    static final int CONNECTION_BYTES = 3600;

    /** An entry of the registry with all that leads to it. */
    static final int CLIENT_BYTES = 640;

    /** What is kept of a topic beside its name, for each client that asks for it. */
    static final int TOPIC_BYTES = 300;

    /** One pattern that a registration limits its client to, beside its text. */
    static final int PATTERN_BYTES = 160;

    private final long mostBytes;
    private final long mostTopics;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong topics = new AtomicLong();

    /**
     * What one client takes of it.
     *
     * @param bytes of the heap, at the most
     * @param topics how many it asks for
     */
    public record Share(int bytes, int topics) {
        static final Share NONE = new Share(0, 0);

        Share atLeast(Share other) {
            return new Share(Math.max(bytes, other.bytes), Math.max(topics, other.topics));
        }
    }

    /**
     * An empty one.
     *
     * @param mostTopics of all clients, each counted once for each client that asks for it
     */
    public Room(long mostBytes, long mostTopics) {
        this.mostBytes = mostBytes;
        this.mostTopics = mostTopics;
    }

    /** Room without an end. */
    public static Room unbounded() {
        return new Room(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** Lets a connection in, unless there is no room. */
    public boolean enterConnection() {
        return enter(bytes, CONNECTION_BYTES, mostBytes);
    }

    /** A connection that was let in has ended. */
    public void leaveConnection() {
        bytes.addAndGet(-CONNECTION_BYTES);
    }

    /** Lets a share grow or shrink, unless there is no room for the difference. */
    boolean change(Share before, Share now) {
        if (!enter(bytes, now.bytes - before.bytes, mostBytes)) {
            return false;
        }
        if (!enter(topics, now.topics - before.topics, mostTopics)) {
            bytes.addAndGet(before.bytes - now.bytes);
            return false;
        }
        return true;
    }

    /** A share is that from now on, whether or not there is room. */
    void set(Share before, Share now) {
        bytes.addAndGet(now.bytes - before.bytes);
        topics.addAndGet(now.topics - before.topics);
    }

    /** How many bytes are taken. */
    public long bytes() {
        return bytes.get();
    }

    /** How many topics are asked for. */
    public long topics() {
        return topics.get();
    }

    private static boolean enter(AtomicLong taken, long more, long most) {
        if (taken.addAndGet(more) > most && more > 0) {
            taken.addAndGet(-more);
            return false;
        }
        return true;
    }

    /** What a client takes that asks for these topics. */
    static Share shareOf(Client client, Iterable<Topic> topics) {
        long taken = CLIENT_BYTES + 2L * bytesOf(client.user().value());
        taken += client.grant().topics().lists().stream()
                .flatMap(List::stream)
                .mapToLong(pattern -> PATTERN_BYTES + 2L * bytesOf(pattern.text()))
                .sum();
        int number = 0;
        for (Topic topic : topics) {
            taken += TOPIC_BYTES + bytesOf(topic.name());
            number++;
        }
        return new Share((int) Math.min(taken, Integer.MAX_VALUE), number);
    }

    private static int bytesOf(String text) {
        // Without a stream: this is done for each of a thousand topics.
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0xff) {
                return 2 * text.length();
            }
        }
        return text.length();
    }
}
