package relay.client;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;

/**
 * The heap that all clients may take together, and the number of topics that they may subscribe to, so that they cannot fill
 * the heap. For any thread.
 *
 * <p>Each client counts with the most that it takes, as measured: connected, kept, with topics that no other has. Its queue and
 * the history of its topics have bounds of their own.
 */
public final class Room {
    /** An open connection; an idle one takes 3.3 KB. */
    static final int CONNECTION_BYTES = 3600;

    /** An entry of the registry and of its indexes. */
    static final int CLIENT_BYTES = 640;

    /** One subscribed topic of one client, beside its name. */
    static final int TOPIC_BYTES = 300;

    /** One pattern of a client's permissions, beside its text. */
    static final int PATTERN_BYTES = 160;

    private final long mostBytes;
    private final long mostTopics;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong topics = new AtomicLong();

    /**
     * The share of one client.
     *
     * @param bytes the most that it takes of the heap
     * @param topics how many it subscribes to
     */
    public record Share(int bytes, int topics) {
        static final Share NONE = new Share(0, 0);

        Share plusBytes(int more) {
            return new Share((int) Math.min((long) bytes + more, Integer.MAX_VALUE), topics);
        }

        /** This share after one part of it has become another. */
        Share with(Share part, Share now) {
            return new Share(
                    within((long) bytes - part.bytes + now.bytes), within((long) topics - part.topics + now.topics));
        }

        private static int within(long wanted) {
            return (int) Math.max(0, Math.min(wanted, Integer.MAX_VALUE));
        }

        Share plus(Share other) {
            return new Share((int) Math.min((long) bytes + other.bytes, Integer.MAX_VALUE), (int)
                    Math.min((long) topics + other.topics, Integer.MAX_VALUE));
        }

        Share atLeast(Share other) {
            return new Share(Math.max(bytes, other.bytes), Math.max(topics, other.topics));
        }
    }

    /**
     * An empty one.
     *
     * @param mostTopics of all clients together, each topic counted once for each of its subscribers
     */
    public Room(long mostBytes, long mostTopics) {
        this.mostBytes = mostBytes;
        this.mostTopics = mostTopics;
    }

    /** Without a bound. */
    public static Room unbounded() {
        return new Room(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** Takes room for a connection; returns false if there is none. */
    public boolean enterConnection() {
        return enter(bytes, CONNECTION_BYTES, mostBytes);
    }

    /** A connection that took room has ended. */
    public void leaveConnection() {
        bytes.addAndGet(-CONNECTION_BYTES);
    }

    /** Lets a share grow or shrink; returns false if there is no room for the difference. */
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

    /** Takes a new share, whether or not there is room; returns whether there was. */
    boolean force(Share share) {
        boolean within = bytes.addAndGet(share.bytes) <= mostBytes;
        return topics.addAndGet(share.topics) <= mostTopics && within;
    }

    /** Changes a share, whether or not there is room. */
    void set(Share before, Share now) {
        bytes.addAndGet(now.bytes - before.bytes);
        topics.addAndGet(now.topics - before.topics);
    }

    /** How many bytes are taken. */
    public long bytes() {
        return bytes.get();
    }

    /** How many topics are subscribed to. */
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

    /** The share of a client that subscribes to these topics. */
    static Share shareOf(Client client, Iterable<Topic> topics) {
        return shareOf(client, client.permissions(), topics);
    }

    /** The share of a client that is permitted this and subscribes to these topics. */
    static Share shareOf(Client client, Permissions permissions, Iterable<Topic> topics) {
        long taken = CLIENT_BYTES
                + client.user().map(user -> 2L * bytesOf(user.value())).orElse(0L);
        taken += bytesOf(permissions);
        int number = 0;
        for (Topic topic : topics) {
            taken += TOPIC_BYTES + bytesOf(topic.name());
            number++;
        }
        return new Share((int) Math.min(taken, Integer.MAX_VALUE), number);
    }

    /** What permissions take. */
    static long bytesOf(Permissions permissions) {
        return bytesOf(permissions.topics()) + bytesOf(permissions.publish());
    }

    private static long bytesOf(TopicFilter filter) {
        long bytes = 0;
        for (List<TopicPattern> patterns : filter.lists()) {
            for (TopicPattern pattern : patterns) {
                bytes += PATTERN_BYTES + 2L * bytesOf(pattern.text());
            }
        }
        return bytes;
    }

    private static int bytesOf(String text) {
        // A loop, since a registration may have a thousand topics.
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0xff) {
                return 2 * text.length();
            }
        }
        return text.length();
    }
}
