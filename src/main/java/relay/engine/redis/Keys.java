package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The names of the keys and channels of one relay's group. One hash tag keeps them all in one slot of a Cluster. Immutable,
 * for any thread.
 */
final class Keys {
    private final String prefix;
    private final String relay;

    /**
     * @param prefix what the relays of a group have in common
     * @param relay this relay's name
     */
    Keys(String prefix, String relay) {
        this.prefix = "{" + prefix + "}:";
        this.relay = relay;
    }

    /** This relay's name. */
    String relay() {
        return relay;
    }

    /** What all keys and channels begin with. */
    String prefix() {
        return prefix;
    }

    /** A hash: {@code current} is the server's run id and the epoch, and under that is the sequence of the newest message; {@code time} is when it was accepted, in ms. */
    String log() {
        return prefix + "log";
    }

    /** A list: each epoch, as {@link OrderedReceiver#parseEpochs} reads it. */
    String epochs() {
        return prefix + "epochs";
    }

    /**
     * A hash: the sequence of the last message of each stream, of all messages since the one in {@code since}; {@code hour} is
     * when it was begun. It tells what is missing where a stream is gone, for whatever reason.
     */
    String last() {
        return prefix + "last";
    }

    /** A hash: what {@link #last} was before it was begun anew. */
    String lastBefore() {
        return prefix + "last:before";
    }

    /**
     * A sorted set, each with the score 0 and so in the order of their bytes: the names of all topics with a stream that {@link #last}
     * has; and the empty name, which says that it has them all.
     */
    String topicNames() {
        return prefix + "names";
    }

    /** A sorted set: what {@link #topicNames} was before it was begun anew, together with {@link #last}. */
    String topicNamesBefore() {
        return prefix + "names:before";
    }

    /** What this relay writes now and then. */
    String heartbeat() {
        return heartbeatOf(relay);
    }

    /** What any relay writes now and then. */
    String heartbeatOf(String anyRelay) {
        return prefix + "alive:" + anyRelay;
    }

    /** The channel of what all relays are to know. */
    String control() {
        return prefix + "control";
    }

    /** The channel of what only this relay is to know. */
    String ownChannel() {
        return channelOf(relay);
    }

    /** The channel of what only one relay is to know. */
    String channelOf(String anyRelay) {
        return channelsOfRelays() + anyRelay;
    }

    String channelsOfRelays() {
        return prefix + "relay:";
    }

    /** The channel of a topic. */
    String channel(Topic topic) {
        return prefix + "t:" + topic.name();
    }

    /** What the server matches channels with for a pattern: it brings some that the pattern does not match. No channel is named so. */
    String glob(Topic pattern) {
        return (prefix + "t:").replaceAll("[\\\\*?\\[\\]]", "\\\\$0")
                + pattern.name().replaceAll("[\\\\?\\[\\]]", "\\\\$0");
    }

    /** The topic whose channel that is. */
    Topic topicOf(String channel) {
        return new Topic(channel.substring(prefix.length() + "t:".length()));
    }

    /** A stream: the past of a topic, of the messages to one user, or of those to everybody. */
    String stream(Topic topic, Optional<UserId> recipient) {
        return recipient
                .map(user -> prefix + "u:" + user.value().getBytes(StandardCharsets.UTF_8).length + ":" + user.value()
                        + ":" + topic.name())
                .orElseGet(() -> prefix + "h:" + topic.name());
    }

    /**
     * A hash: the retained values, under {@link #retainedField}: {@code <sequence> <time in ms> <options>\n<text>}. Under the empty
     * name is how many bytes they take.
     */
    String retained() {
        return prefix + "retained";
    }

    /** A sorted set: the fields of {@link #retained}, with the sequence of the message. */
    String retainedByAge() {
        return prefix + "retained:age";
    }

    /**
     * A sorted set, each with the score 0 and so in the order of their bytes: the fields of {@link #retained}. What is before the line
     * feed of each is the topic's name.
     */
    String retainedNames() {
        return prefix + "retained:names";
    }

    /** Where the retained value of a topic is, for one user or for everybody. */
    static String retainedField(Topic topic, Optional<UserId> recipient) {
        return topic.name() + "\n" + recipient.map(UserId::value).orElse("");
    }

    /** A hash: what was published with an idempotency key. */
    String idempotencyKey(String key) {
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

    /** A sorted set: what was removed, {@code i<id>} or, for all of a user's, {@code u<user>}, with the sequence at that moment. */
    String removals() {
        return prefix + "removed";
    }

    /** The sequence up to which removals may have been forgotten. */
    String forgottenRemovals() {
        return prefix + "forgotten";
    }

    /** A set: {@code <id> <claim>} of each registration that was changed while the relay that served it was away. */
    String takenFrom(String anyRelay) {
        return prefix + "taken:" + anyRelay;
    }

    /** Is there for a while after the server has lost something. */
    String loss() {
        return prefix + "loss";
    }

    /** A stream: the events that wait for the backend, each as {@link EventText} writes it, under {@code e}. */
    String events() {
        return prefix + "events";
    }

    /**
     * A hash: {@code batch} is the id of the batch under way, and {@code size} how many events that has; of all events that were ever
     * added, {@code accounted} is how many were taken, or said to be dropped; of those that were dropped since, {@code counted} is how
     * many a relay was told of.
     */
    String outbox() {
        return prefix + "events:state";
    }

    /** A list: the events of the batch under way, each {@code <id in the stream> <how many were dropped before it>\n<event>}. */
    String batch() {
        return prefix + "events:batch";
    }

    /** The relay that takes the events; gone when it has not said so for a while. */
    String eventsLease() {
        return prefix + "events:lease";
    }

    /** The number of this relay's last event. */
    String lastEvent() {
        return prefix + "events:of:" + relay;
    }

    /** A sorted set: the registrations that were claimed, {@code <id> <user>}, each with when it ends, in ms, or earlier. */
    String present() {
        return prefix + "events:present";
    }

    /** A sorted set: the sequences of messages that are to be received in time, each with when that is over, in ms. */
    String watched() {
        return prefix + "events:watched";
    }

    /** A hash: for each of {@link #watched} the event. */
    String watchedEvents() {
        return prefix + "events:missed";
    }
}
