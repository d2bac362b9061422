package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import relay.client.ClientId;
import relay.message.Topic;
import relay.message.UserId;

/** The names of keys and channels. They have one hash tag, so that a cluster keeps them in one place. */
final class Names {
    private final String prefix;

    Names(String prefix) {
        this.prefix = "{" + prefix + "}:";
    }

    /** A hash: the server's run id, and under that the sequence of the newest message. */
    String log() {
        return prefix + "log";
    }

    /** A list: each epoch's name, the sequences before its first message and of its last, and at which its loss was known. */
    String epochs() {
        return prefix + "epochs";
    }

    /**
     * A hash: of each strand the sequence of its last message, of all since the one in {@code since}; and in {@code hour} when
     * it was begun. It tells what is missing where a strand is not there, for whatever reason.
     */
    String last() {
        return prefix + "last";
    }

    /** A hash: as {@link #last}, up to where that was begun. */
    String lastBefore() {
        return prefix + "last:before";
    }

    /** What all keys and channels begin with. */
    String prefix() {
        return prefix;
    }

    /** What a relay writes now and then. */
    String heartbeat(String relay) {
        return prefix + "alive:" + relay;
    }

    /** The channel of what all relays are to know. */
    String control() {
        return prefix + "control";
    }

    /** The channel of what one relay is to know. */
    String relay(String relay) {
        return relays() + relay;
    }

    String relays() {
        return prefix + "relay:";
    }

    /** The channel of a topic. */
    String channel(Topic topic) {
        return prefix + "t:" + topic.name();
    }

    /** A stream: the past of a topic, as far as it is a user's, or everybody's. */
    String strand(Topic topic, Optional<UserId> recipient) {
        return recipient
                .map(user -> prefix + "u:" + length(user.value()) + ":" + user.value() + ":" + topic.name())
                .orElseGet(() -> prefix + "h:" + topic.name());
    }

    /** A hash: what was published with a key. */
    String key(String key) {
        return prefix + "k:" + key;
    }

    /** A hash: a registration. */
    String registration(ClientId id) {
        return registrations() + id.secret();
    }

    String registrations() {
        return prefix + "c:";
    }

    /** A set: the ids of a user's registrations. */
    String registrationsOf(UserId user) {
        return registrationsOfUsers() + user.value();
    }

    String registrationsOfUsers() {
        return prefix + "n:";
    }

    /** A sorted set: what was removed, {@code i<id>} or all of a user's, {@code u<user>}, and the sequence at that moment. */
    String removals() {
        return prefix + "removed";
    }

    /** The sequence up to which removals may be forgotten. */
    String forgottenRemovals() {
        return prefix + "forgotten";
    }

    /** There for a while after the engine has lost something. */
    String loss() {
        return prefix + "loss";
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
