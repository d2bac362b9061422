package relay.http;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.access.Right;
import relay.client.RegistrationChange;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;

/** Reads the body of a {@code PATCH}, and checks it against what the caller may do. Stateless. */
final class ChangeRequest {
    private static final String WORDS = "add, remove, allow and publish";

    private ChangeRequest() {}

    /**
     * Reads the body. What a caller grants that is limited to some topics is limited to these too.
     *
     * @throws InvalidInputException if it is wrong
     * @throws AccessDeniedException if it asks for more than the caller may grant
     */
    static RegistrationChange read(Json json, ByteBuffer body, RequestLimits limits, Caller caller) {
        Builder builder = new Builder(caller, limits.maxTopics());
        json.readObject(body, (name, value) -> {
            switch (name) {
                case "add" -> builder.add = value.topics("add", limits.maxTopics());
                case "remove" -> builder.remove = value.topics("remove", limits.maxTopics());
                case "allow" -> builder.allow = value.topicPatterns("allow", limits.maxTopics());
                case "publish" -> builder.publish = value.topicPatterns("publish", limits.maxTopics());
                default -> throw value.unknown(name, WORDS);
            }
        });
        return builder.build();
    }

    private static final class Builder {
        private final Caller caller;
        private final int maxTopics;
        private @Nullable Set<Topic> add;
        private @Nullable Set<Topic> remove;
        private @Nullable Set<TopicPattern> allow;
        private @Nullable Set<TopicPattern> publish;

        Builder(Caller caller, int maxTopics) {
            this.caller = caller;
            this.maxTopics = maxTopics;
        }

        RegistrationChange build() {
            if (add == null && remove == null && allow == null && publish == null) {
                throw new InvalidInputException("nothing to change: send at least one of " + WORDS);
            }
            Set<Topic> added = add == null ? Set.of() : add;
            Set<Topic> removed = remove == null ? Set.of() : remove;
            added.stream().filter(removed::contains).findFirst().ifPresent(topic -> {
                throw new InvalidInputException("\"" + topic + "\" is in add and in remove: name it in one of them");
            });
            caller.requireTopics(added);
            if (publish != null && !publish.isEmpty()) {
                caller.require(Right.PUBLISH);
            }
            return new RegistrationChange(added, removed, filter(allow), filter(publish), maxTopics);
        }

        private Optional<TopicFilter> filter(@Nullable Set<TopicPattern> patterns) {
            return Optional.ofNullable(patterns)
                    .map(given -> TopicFilter.of(given).and(caller.topics()));
        }
    }
}
