package relay.fanout;

import java.util.Optional;
import java.util.Set;
import relay.client.Permissions;
import relay.client.RegistrationChange;
import relay.message.Topic;

/**
 * What a change makes of a client, as it was found. Immutable, for any thread.
 *
 * @param permissionsBefore what it was permitted
 * @param topicsBefore what it was subscribed to
 * @param permissions what it is permitted after the change
 * @param topics what it is subscribed to after the change
 * @param refused why it cannot change, for people; empty: it can
 */
public record ChangePlan(
        RegistrationChange change,
        Permissions permissionsBefore,
        Set<Topic> topicsBefore,
        Permissions permissions,
        Set<Topic> topics,
        Optional<String> refused) {
    /** Finds it out; that may take some tens of milliseconds, with a thousand topics and as many patterns. */
    public static ChangePlan of(RegistrationChange change, Permissions permissions, Set<Topic> topics) {
        Permissions permissionsAfter = change.appliedTo(permissions);
        Set<Topic> topicsAfter = change.appliedTo(topics, permissionsAfter);
        return new ChangePlan(
                change,
                permissions,
                topics,
                permissionsAfter,
                topicsAfter,
                change.refused(topicsAfter, permissionsAfter));
    }

    /** Whether the client is as it was found. */
    boolean isFor(Permissions permissionsNow, Set<Topic> topicsNow) {
        return permissionsNow.equals(permissionsBefore) && topicsNow.equals(topicsBefore);
    }
}
