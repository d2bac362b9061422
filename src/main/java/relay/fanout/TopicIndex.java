package relay.fanout;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import relay.message.PatternMap;
import relay.message.Topic;

/**
 * One worker's up-to-date subscribers by topic: joining and leaving take constant time without a look-up, and going through the members
 * of a topic touches no other subscriber. That worker only.
 */
final class TopicIndex {
    private static final Members NOBODY = new Members(new SubscribedTopic(new Topic("nobody"), 0));

    private final TopicTable topics;
    private final int worker;

    /** The members of patterns that have some. */
    private final PatternMap<Members> patterns = new PatternMap<>();

    /**
     * Nobody yet.
     *
     * @param topics all topics that have subscribers
     * @param worker its number, from 0
     */
    TopicIndex(TopicTable topics, int worker) {
        this.topics = topics;
        this.worker = worker;
    }

    /** Adds a subscriber to a topic; the membership is needed to {@link #leave}. */
    Membership join(SubscribedTopic topic, Subscriber subscriber) {
        Members members = topic.members(worker);
        if (members == null) {
            members = new Members(topic);
            topic.members(worker, members);
            if (topic.isPattern()) {
                patterns.put(topic.topic(), members);
            }
        }
        return members.add(subscriber);
    }

    /** Ends a membership. */
    void leave(Membership membership) {
        Members members = membership.members;
        members.remove(membership);
        if (members.size() == 0) {
            members.topic.members(worker, null);
            if (members.topic.isPattern()) {
                patterns.remove(members.topic.topic(), members);
            }
        }
    }

    /** A shared topic; absent if it has no subscriber with any worker. */
    @Nullable
    SubscribedTopic find(Topic topic) {
        return topics.find(topic);
    }

    /** Whether no pattern has members. */
    boolean hasNoPatterns() {
        return patterns.isEmpty();
    }

    /** Adds the members of each pattern that a topic matches. */
    void addMatching(Topic topic, List<Members> found) {
        patterns.addMatching(topic, found);
    }

    /** The members of a topic; none if it is unknown. */
    Members members(Topic topic) {
        SubscribedTopic asked = find(topic);
        Members members = asked == null ? null : asked.members(worker);
        return members == null ? NOBODY : members;
    }

    /** One subscriber's place in one topic. */
    static final class Membership implements SubscribedTopics.Entry {
        private final Members members;
        private final Subscriber subscriber;
        private int position;

        private Membership(Members members, Subscriber subscriber, int position) {
            this.members = members;
            this.subscriber = subscriber;
            this.position = position;
        }

        @Override
        public SubscribedTopic shared() {
            return members.topic;
        }

        Subscriber subscriber() {
            return subscriber;
        }
    }

    /** The subscribers of one topic, without gaps and in no order. */
    static final class Members {
        private static final Membership[] NONE = {};

        /** The array never gets smaller than this: most topics need no more. */
        private static final int LITTLE = 8;

        private final SubscribedTopic topic;
        private @Nullable Membership[] places = NONE;
        private int size;

        private Members(SubscribedTopic topic) {
            this.topic = topic;
        }

        int size() {
            return size;
        }

        Subscriber get(int position) {
            return Objects.requireNonNull(places[position]).subscriber;
        }

        /** Moves a subscriber that is one of the first so many to the end of these; false if it is none of them. */
        boolean moveBehind(Subscriber subscriber, int first) {
            if (!(subscriber.topics().find(topic) instanceof Membership moved)
                    || moved.members != this
                    || moved.position >= first) {
                return false;
            }
            Membership last = Objects.requireNonNull(places[first - 1]);
            put(last, moved.position);
            put(moved, first - 1);
            return true;
        }

        private void put(Membership membership, int position) {
            places[position] = membership;
            membership.position = position;
        }

        private Membership add(Subscriber subscriber) {
            if (size == places.length) {
                places = Arrays.copyOf(places, Math.max(2, size + (size >> 1)));
            }
            Membership membership = new Membership(this, subscriber, size);
            places[size++] = membership;
            return membership;
        }

        private void remove(Membership membership) {
            Membership last = Objects.requireNonNull(places[--size]);
            places[membership.position] = last;
            last.position = membership.position;
            places[size] = null;
            if (places.length > LITTLE && size < places.length / 4) {
                places = Arrays.copyOf(places, places.length / 2);
            }
        }
    }
}
