package relay.client;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import relay.message.Topic;
import relay.message.TopicFilter;

/**
 * What a backend changes of a registration. Immutable, for any thread.
 *
 * @param add the topics and patterns that the client is subscribed to from now on
 * @param remove those that it is not any more; none of them is in {@code add}
 * @param allow the topics that its registration allows from now on; empty: as before
 * @param publish the topics that it may publish to from now on; empty: as before
 */
public record RegistrationChange(
        Set<Topic> add, Set<Topic> remove, Optional<TopicFilter> allow, Optional<TopicFilter> publish) {
    public RegistrationChange {
        add = Set.copyOf(add);
        remove = Set.copyOf(remove);
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
}
