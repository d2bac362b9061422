package relay.fanout;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;

/**
 * A topic that clients ask for: one object, however many they are and whichever workers own them. It counts them, and has
 * for each worker those of its clients that receive the topic. Whoever asks for a topic keeps this, so that nothing that
 * happens to a client later has to look its topics up.
 *
 * <p>Counts are for any thread, without a lock. A worker's members are for that worker only.
 */
final class SubscribedTopic implements SubscribedTopics.Entry {
    private static final AtomicLongFieldUpdater<SubscribedTopic> COUNTS =
            AtomicLongFieldUpdater.newUpdater(SubscribedTopic.class, "counts");

    private static final long SEED;
    private static final long FACTOR;

    static {
        SecureRandom random = new SecureRandom();
        SEED = random.nextLong();
        FACTOR = random.nextLong() | 1;
    }

    /** One subscriber; one of them connected is 1. */
    private static final long SUBSCRIBER = 1L << 32;

    private static final long NOBODY = 0;

    /** Nobody has asked for it yet. */
    private static final long NEW = -1;

    private final Topic topic;
    private final int hash;

    /** Each worker has its own place, which nobody else reads. */
    private final TopicIndex.@Nullable Members[] members;

    /**
     * How many clients ask for it, and how many of them are connected: one number, so that the two always fit. Written by
     * workers and by those who register clients, read by whoever lists topics. Once nobody is left it stays so.
     */
    private volatile long counts = NEW;

    /** A topic that nobody asks for yet. */
    SubscribedTopic(Topic topic, int workers) {
        this.topic = topic;
        this.hash = hash(topic);
        this.members = new TopicIndex.Members[workers];
    }

    /** As whoever asked for it first brought it. */
    Topic topic() {
        return topic;
    }

    /** The {@linkplain #hash(Topic) hash} of its name. */
    int hash() {
        return hash;
    }

    /** Another number in each process: nobody can know which topics have the same. */
    static int hash(Topic topic) {
        String name = topic.name();
        long hash = SEED;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * FACTOR;
            hash ^= hash >>> Integer.SIZE;
        }
        return (int) hash;
    }

    @Override
    public SubscribedTopic shared() {
        return this;
    }

    /** Whether nobody has asked for it yet. */
    boolean isNew() {
        return counts == NEW;
    }

    /** One more client asks for it, without a connection; false if nobody was left before: another takes its place then. */
    boolean enter() {
        long now = counts;
        while (now != NOBODY) {
            if (COUNTS.compareAndSet(this, now, now == NEW ? SUBSCRIBER : now + SUBSCRIBER)) {
                return true;
            }
            now = counts;
        }
        return false;
    }

    /** A client without a connection asks for it no more; whether nobody is left. */
    boolean leave() {
        return COUNTS.addAndGet(this, -SUBSCRIBER) == NOBODY;
    }

    /** One of those who ask for it is connected. */
    void connected() {
        COUNTS.incrementAndGet(this);
    }

    /** One of those who are connected is so no more. */
    void disconnected() {
        COUNTS.decrementAndGet(this);
    }

    /** How many ask for it at this moment: nobody, if it is new or has been left. */
    TopicInfo entry() {
        long now = isNew() ? NOBODY : counts;
        return new TopicInfo(topic, (int) (now >>> 32), (int) now);
    }

    TopicIndex.@Nullable Members members(int worker) {
        return members[worker];
    }

    void members(int worker, TopicIndex.@Nullable Members now) {
        members[worker] = now;
    }
}
