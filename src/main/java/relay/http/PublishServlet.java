package relay.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Right;
import relay.hub.Confirmation;
import relay.hub.Hub;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.uri.Parameters;
import relay.uri.TimeText;

/** {@code POST /publish}, one message or many, and {@code POST /publish/{topic}}. */
public final class PublishServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;
    private static final String PATH = "/publish";

    private final transient Json json;
    private final transient Hub hub;
    private final transient AnswerQueue answers;
    private final transient RequestLimits limits;
    private final transient Access access;

    public PublishServlet(Json json, Hub hub, AnswerQueue answers, RequestLimits limits, Access access) {
        super(json);
        this.json = json;
        this.hub = hub;
        this.answers = answers;
        this.limits = limits;
        this.access = access;
    }

    @Override
    Set<String> methodsFor(Exchange exchange) {
        return Set.of("POST");
    }

    @Override
    void handle(Exchange exchange) {
        TopicFilter topics = exchange.admit(access, Right.PUBLISH).topics();
        String path = exchange.rawPathAfter(PATH);
        MediaType type = exchange.mediaType();
        if (!path.isEmpty()) {
            Topic topic = new Topic(Parameters.decodePath(path));
            requireAllowed(topics, topic);
            publishRaw(exchange, topic);
            return;
        }
        Parameters parameters = exchange.parameters();
        parameters.allow(type.isNdjson() ? Set.of() : Set.of("confirm"));
        if (type.isNdjson()) {
            type.requireUtf8();
            new NdjsonPublisher(exchange, json, hub, answers, limits.maxBodyBytes(), topics).read();
        } else {
            type.requireJson();
            Optional<Duration> confirm = confirm(parameters);
            Body.read(exchange, limits.maxBodyBytes(), body -> {
                Message message = PublishRequest.read(json, body);
                requireAllowed(topics, message.topic());
                publish(exchange, message, confirm);
            });
        }
    }

    static void requireAllowed(TopicFilter topics, Topic topic) {
        if (!topics.allows(topic)) {
            throw AccessDeniedException.forbidden(
                    "this credential may not publish to \"" + topic + "\": it may to " + topics);
        }
    }

    private void publishRaw(Exchange exchange, Topic topic) {
        Parameters parameters = exchange.parameters().allow(Set.of("user_id", "confirm"));
        Optional<UserId> recipient = parameters.get("user_id").map(UserId::new);
        Optional<Duration> confirm = confirm(parameters);
        exchange.mediaType().requireUtf8();
        Body.read(
                exchange,
                limits.maxBodyBytes(),
                body -> publish(exchange, new Message(topic, recipient, rawText(body)), confirm));
    }

    private Optional<Duration> confirm(Parameters parameters) {
        return parameters.get("confirm").map(text -> {
            Duration wait = TimeText.parse(text)
                    .orElseThrow(() -> new InvalidInputException("confirm takes a time, such as 2s or 500ms"));
            if (wait.compareTo(limits.maxConfirm()) > 0) {
                throw new InvalidInputException(
                        "confirm takes at most " + limits.maxConfirm().toMillis() + "ms");
            }
            return wait;
        });
    }

    private void publish(Exchange exchange, Message message, Optional<Duration> confirm) {
        PublishAnswer answer = new PublishAnswer(exchange, answers, hub.isShared());
        if (confirm.isPresent()) {
            WaitLimit limit = new WaitLimit(exchange.scheduler());
            Confirmation confirmation =
                    hub.publishConfirmed(message, Optional.empty(), confirm.get(), answer.confirmed(limit));
            limit.begin(confirm.get(), confirmation::expire);
        } else {
            hub.publish(message, Optional.empty(), answer);
        }
    }

    private static Text rawText(ByteBuffer body) {
        try {
            return Text.of(StandardCharsets.UTF_8.newDecoder().decode(body).toString());
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("the body is not valid UTF-8: a message is text");
        }
    }
}
