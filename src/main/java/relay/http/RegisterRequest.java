package relay.http;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.access.Right;
import relay.client.Client;
import relay.client.Overflow;
import relay.client.Permissions;
import relay.json.Json;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.schedule.Ticker;

/**
 * The body of {@code POST /register}, checked against what the caller may do.
 *
 * @param publish the topics that the client may publish to
 * @param allowed the topics that the client may subscribe to on its socket, if the caller's credential allows them too
 */
record RegisterRequest(
        UserId user, Set<Topic> topics, TopicFilter allowed, TopicFilter publish, Duration keep, Overflow overflow) {
    private static final Topic DEFAULT_TOPIC = new Topic("cats");

    Client toClient(ClientId id, Caller caller, Ticker ticker) {
        Permissions permissions = Permissions.of(allowed, caller.topics(), caller.remaining(), ticker.nanos())
                .withPublish(publish);
        return new Client(id, Optional.of(user), keep, overflow, permissions);
    }

    /**
     * Reads the body.
     *
     * @throws InvalidInputException if it is wrong
     * @throws AccessDeniedException if it asks for more than the caller may have
     */
    static RegisterRequest read(Json json, ByteBuffer body, RequestLimits limits, Caller caller) {
        Builder builder = new Builder(caller);
        json.readObject(body, (name, value) -> {
            switch (name) {
                case "user_id" -> builder.user = value.userId();
                case "topics" -> builder.topics = value.topics(limits.maxTopics());
                case "allow" -> builder.allowed = TopicFilter.of(value.topicPatterns("allow", limits.maxTopics()));
                case "publish" -> builder.publish = TopicFilter.of(value.topicPatterns("publish", limits.maxTopics()));
                case "keep" ->
                    builder.keep = Duration.ofSeconds(
                            value.wholeNumber("keep", 0, limits.maxKeep().toSeconds()));
                case "overflow" -> builder.overflow = overflow(value.string("overflow"));
                default -> throw value.unknown(name, "user_id, topics, allow, publish, keep and overflow");
            }
        });
        return builder.build();
    }

    private static Overflow overflow(String word) {
        return Overflow.parse(word).orElseThrow(() -> new InvalidInputException("overflow takes close or catchup"));
    }

    private static final class Builder {
        private final Caller caller;
        private @Nullable UserId user;
        private @Nullable Set<Topic> topics;
        private TopicFilter allowed = TopicFilter.ANY;
        private TopicFilter publish = TopicFilter.NONE;
        private Duration keep = Duration.ZERO;
        private Overflow overflow = Overflow.CLOSE;

        Builder(Caller caller) {
            this.caller = caller;
        }

        RegisterRequest build() {
            TopicFilter both = allowed.and(caller.topics());
            Set<Topic> asked = topics == null ? defaultTopics(both) : fitting(topics);
            if (overflow == Overflow.CATCHUP && keep.isZero()) {
                throw new InvalidInputException("overflow catchup needs keep: send how many seconds the registration"
                        + " outlives its connection, such as \"keep\": 60");
            }
            return new RegisterRequest(user(), asked, allowed, granted(), keep, overflow);
        }

        /** No more than the caller may itself. */
        private TopicFilter granted() {
            if (publish.isNothing()) {
                return publish;
            }
            caller.require(Right.PUBLISH);
            return publish.and(caller.topics());
        }

        private UserId user() {
            return caller.actsFor(Optional.ofNullable(user))
                    .orElseThrow(
                            () -> new InvalidInputException("user_id is missing: send one, such as {\"user_id\": 1}"));
        }

        private Set<Topic> fitting(Set<Topic> wanted) {
            allowed.refused(wanted).ifPresent(topic -> {
                throw new InvalidInputException(
                        "topics has \"" + topic + "\", which allow does not permit: " + allowed);
            });
            caller.requireTopics(wanted);
            return wanted;
        }

        private static Set<Topic> defaultTopics(TopicFilter allowed) {
            return allowed.allows(DEFAULT_TOPIC) ? Set.of(DEFAULT_TOPIC) : Set.of();
        }
    }
}
