package relay.fanout;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import relay.client.TopicInfo;
import relay.message.Topic;

/**
 * A topic that has subscribers: one object for all of them, whichever workers own them. It counts them, and has for each worker those
 * of its clients that receive the topic. Each subscriber keeps this object, so that its topics need not be looked up later.
 *
 * <p>The counts are for any thread, without a lock. A worker's members belong to that worker.
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

    /** One subscriber; a connected one adds 1. */
    private static final long SUBSCRIBER = 1L << 32;

    private static final long NOBODY = 0;

    /** It has had no subscriber yet. */
    private static final long NEW = -1;

    private final Topic topic;
    private final boolean pattern;
    private final int hash;

    /** Each worker has its own place, which no other reads. */
    private final TopicIndex.@Nullable Members[] members;

    /**
     * How many clients are subscribed, and how many of them are connected: one number, so that the two always fit. Written by
     * workers and by threads that register clients, read by those that list topics. Once no subscriber is left it stays so.
     */
    private volatile long counts = NEW;

    /** A topic without subscribers. */
    SubscribedTopic(Topic topic, int workers) {
        this.topic = topic;
        this.pattern = topic.isPattern();
        this.hash = hash(topic);
        this.members = new TopicIndex.Members[workers];
    }

    /** The topic, as its first subscriber named it. */
    Topic topic() {
        return topic;
    }

    /** Whether that stands for all topics that match it. */
    boolean isPattern() {
        return pattern;
    }

    /** The {@linkplain #hash(Topic) hash} of its name. */
    int hash() {
        return hash;
    }

    /** Different in each process, so that nobody can choose topics with the same hash. */
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

    /** Whether it has had no subscriber yet. */
    boolean isNew() {
        return counts == NEW;
    }

    /** Adds a subscriber without a connection; false if the last one had left: a new object is needed then. */
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

    /** Removes a subscriber without a connection; true if that was the last one. */
    boolean leave() {
        return COUNTS.addAndGet(this, -SUBSCRIBER) == NOBODY;
    }

    /** One of its subscribers is connected now. */
    void connected() {
        COUNTS.incrementAndGet(this);
    }

    /** One of its connected subscribers is not connected any more. */
    void disconnected() {
        COUNTS.decrementAndGet(this);
    }

    /** How many subscribers it has at this moment. */
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
