package relay.client;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import relay.message.Subscription;
import relay.message.Topic;
import relay.message.TopicFilter;

/**
 * What a backend changes of a registration. Immutable, for any thread.
 *
 * @param add the topics and patterns that the client is subscribed to from now on
 * @param remove those that it is not any more; none of them is in {@code add}
 * @param allow the topics that its registration allows from now on; empty: as before
 * @param publish the topics that it may publish to from now on; empty: as before
 * @param mostTopics to how many topics it may be subscribed after that
 */
public record RegistrationChange(
        Set<Topic> add, Set<Topic> remove, Optional<TopicFilter> allow, Optional<TopicFilter> publish, int mostTopics) {
    public RegistrationChange {
        add = Set.copyOf(add);
        remove = Set.copyOf(remove);
    }

    /** One after which the client may be subscribed to any number of topics. */
    public RegistrationChange(
            Set<Topic> add, Set<Topic> remove, Optional<TopicFilter> allow, Optional<TopicFilter> publish) {
        this(add, remove, allow, publish, Integer.MAX_VALUE);
    }

    /** What a client may do after the change. */
    public Permissions appliedTo(Permissions before) {
        return new Permissions(
                allow.orElse(before.own()), before.granted(), publish.orElse(before.publish()), before.endsAtNanos());
    }

    /** The topics after the change, of which those are left out that these permissions do not allow. */
    public Set<Topic> appliedTo(Set<Topic> before, Permissions after) {
        Set<Topic> topics = new LinkedHashSet<>(before);
        topics.removeAll(remove);
        topics.addAll(add);
        TopicFilter allowed = after.topics();
        topics.removeIf(topic -> !allowed.allows(topic));
        return topics;
    }

    /**
     * Why a client cannot change, for people: then it stays as it is as a whole. Empty: it can.
     *
     * @param topics those that it would have after the change
     * @param after what it would be permitted
     */
    public Optional<String> refused(Set<Topic> topics, Permissions after) {
        if (add.isEmpty()) {
            return Optional.empty();
        }
        Optional<Topic> notAllowed = after.topics().refused(add);
        if (notAllowed.isPresent()) {
            return Optional.of("add has \"" + notAllowed.get()
                    + "\", to which this client may not be subscribed: it may to " + after.topics());
        }
        if (topics.size() > mostTopics) {
            return Optional.of(tooMany(topics.size(), "topics", mostTopics));
        }
        long patterns = topics.stream().filter(Topic::isPattern).count();
        return patterns > Subscription.MOST_PATTERNS
                ? Optional.of(tooMany(patterns, "patterns", Subscription.MOST_PATTERNS))
                : Optional.empty();
    }

    private static String tooMany(long wanted, String things, int most) {
        return "this client would be subscribed to " + wanted + " " + things + ", and one may be to " + most
                + ": nothing has changed, remove some too";
    }
}
