package relay.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import relay.access.AccessDeniedException;
import relay.json.Json;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;

/** The text frames that answer what a client sends on its socket. Stateless. */
final class SocketAnswer {
    private static final int MOST_NAMED = 5;

    /** {@code {"ok":{"topics":["cats"]}}}. */
    private record Ok(Applied ok) {}

    private record Applied(List<String> topics) {}

    /** {@code {"ok":{"topics":["cats"],"expires":"2026-11-26T10:00:00Z"}}}. */
    private record Renewed(Extended ok) {}

    private record Extended(List<String> topics, String expires) {}

    /** {@code {"error":{"code":"...","detail":"..."}}}. */
    private record Failed(Cause error) {}

    private record Cause(String code, String detail) {}

    /** An error that answers no command names the topics that have ended. */
    private record Notice(Ended error) {}

    private record Ended(String code, String detail, List<String> topics) {}

    private SocketAnswer() {}

    /** A command took effect: the client now has these topics. */
    static ByteBuffer ok(Json json, Set<Topic> topics) {
        return Frames.text(
                json.write(new Ok(new Applied(topics.stream().map(Topic::name).toList()))));
    }

    /** A message was published: {@code {"ok":{"id":"..."}}}. The answer is JSON. */
    static ByteBuffer published(String answer) {
        return Frames.text(("{\"ok\":" + answer + "}").getBytes(StandardCharsets.UTF_8));
    }

    /** A command would give the client too many topics: nothing has changed. */
    static ByteBuffer tooMany(Json json, String things, int wanted, int most) {
        return invalidCommand(
                json,
                "this client would be subscribed to " + wanted + " " + things + ", and one may be to " + most
                        + ": nothing has changed, remove some first");
    }

    static ByteBuffer invalidCommand(Json json, String detail) {
        return error(json, "invalid_command", detail);
    }

    static ByteBuffer notAllowed(Json json, Topic topic, TopicFilter allowed) {
        String detail = allowed.isNothing()
                ? "this client may subscribe to no topic: what allows it topics, its token or registration, is an empty list"
                : "this client may not subscribe to \"" + topic + "\": it may to " + allowed;
        return error(json, "not_allowed", detail);
    }

    /** The client may not publish to a topic, by what its registration says. */
    static ByteBuffer mayNotPublish(Json json, Topic topic, TopicFilter allowed) {
        String detail = allowed.isNothing()
                ? "this client may publish nothing: POST /register with publish says what a client may publish to"
                : "this client may not publish to \"" + topic + "\": it may to " + allowed;
        return error(json, "not_allowed", detail);
    }

    /** The key of a message belongs to another one. */
    static ByteBuffer conflict(Json json) {
        return error(
                json,
                "conflict",
                "this key stands for another message of this client: send what was sent with it before, or a new message with a key"
                        + " of its own");
    }

    /** Another credential serves the client, which still has these topics. */
    static ByteBuffer renewed(Json json, Set<Topic> topics, Instant expires) {
        return Frames.text(json.write(
                new Renewed(new Extended(topics.stream().map(Topic::name).toList(), expires.toString()))));
    }

    /** These topics have ended. */
    static ByteBuffer lost(Json json, Set<Topic> topics) {
        String first = topics.stream()
                .limit(MOST_NAMED)
                .map(topic -> '"' + topic.name() + '"')
                .collect(Collectors.joining(", "));
        int more = topics.size() - MOST_NAMED;
        String detail = "this client's new token does not allow " + topics.size()
                + " of its topics, to which it is not subscribed any more: " + first
                + (more > 0 ? " and " + more + " more" : "");
        return Frames.text(json.write(new Notice(new Ended(
                "not_allowed", detail, topics.stream().map(Topic::name).toList()))));
    }

    static ByteBuffer notRenewable(Json json) {
        return error(
                json,
                "not_allowed",
                "this client has no token that could be renewed: it was admitted without one, and goes on without an end");
    }

    static ByteBuffer anothersToken(Json json) {
        return error(json, "not_allowed", "the token's sub is not this client's user: nothing has changed");
    }

    /** The token is not good, or cannot be checked now. */
    static ByteBuffer refused(Json json, AccessDeniedException cause) {
        boolean unavailable = cause.kind() == AccessDeniedException.Kind.UNAVAILABLE;
        return error(json, unavailable ? "unavailable" : "invalid_token", cause.detail());
    }

    static ByteBuffer notStored(Json json, UnavailableException cause) {
        return error(
                json,
                "unavailable",
                "the token is in force, but is not stored, and a new connection may find the old one: send it again ("
                        + cause.detail() + ")");
    }

    static ByteBuffer unavailable(Json json, UnavailableException cause) {
        return error(json, "unavailable", cause.detail());
    }

    static ByteBuffer binary(Json json) {
        return error(
                json,
                "unsupported_frame",
                "binary frames are not supported: send text, such as {\"topics\":[\"cats\"]}");
    }

    private static ByteBuffer error(Json json, String code, String detail) {
        return Frames.text(json.write(new Failed(new Cause(code, detail))));
    }
}
