package relay.http;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.client.ClientId;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.UserId;

/** What {@code POST /register} asks for. */
record RegisterRequest(UserId user, Set<Topic> topics, Duration keep) {
    private static final Set<Topic> DEFAULT_TOPICS = Set.of(new Topic("cats"));

    Client toClient(ClientId id) {
        return new Client(id, user, keep);
    }

    static RegisterRequest read(Json json, ByteBuffer body, RequestLimits limits) {
        Builder builder = new Builder();
        json.readObject(body, (name, value) -> {
            switch (name) {
                case "user_id" -> builder.user = value.userId();
                case "topics" -> builder.topics = value.topics(limits.maxTopics());
                case "keep" ->
                    builder.keep = Duration.ofSeconds(
                            value.wholeNumber("keep", 0, limits.maxKeep().toSeconds()));
                default -> throw value.unknown(name, "user_id, topics and keep");
            }
        });
        return builder.build();
    }

    private static final class Builder {
        private @Nullable UserId user;
        private Set<Topic> topics = DEFAULT_TOPICS;
        private Duration keep = Duration.ZERO;

        RegisterRequest build() {
            if (user == null) {
                throw new InvalidInputException("user_id is missing: send one, such as {\"user_id\": 1}");
            }
            return new RegisterRequest(user, topics, keep);
        }
    }
}
