package relay.fanout;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import relay.client.Permissions;
import relay.message.Topic;
import relay.message.UnavailableException;

/**
 * Another credential of a connected client, with the frames that tell the client. Immutable, for any thread.
 *
 * @param permissionsBefore what it might do when this was found out
 * @param topicsBefore what it was subscribed to then
 * @param permissions what it may do from now on
 * @param lost the topics that it is subscribed to and may not any more
 * @param answer tells that the credential is renewed; empty for a client whose commands are not answered
 * @param notice tells which topics are lost; empty if none are
 * @param notStored answers instead, where the credential is in force and could not be stored
 */
public record Renewal(
        Permissions permissionsBefore,
        Set<Topic> topicsBefore,
        Permissions permissions,
        Set<Topic> lost,
        Optional<ByteBuffer> answer,
        Optional<ByteBuffer> notice,
        Function<UnavailableException, ByteBuffer> notStored) {
    /** Whether the client is as it was found. */
    boolean isFor(Permissions permissionsNow, Set<Topic> topicsNow) {
        return permissionsNow.equals(permissionsBefore) && topicsNow.equals(topicsBefore);
    }
}
