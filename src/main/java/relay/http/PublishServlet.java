package relay.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import relay.hub.Hub;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** {@code POST /publish}, one message or many, and {@code POST /publish/{topic}}. */
public final class PublishServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;
    private static final String PATH = "/publish";

    private final transient Json json;
    private final transient Hub hub;
    private final transient AnswerQueue answers;
    private final transient RequestLimits limits;

    public PublishServlet(Json json, Hub hub, AnswerQueue answers, RequestLimits limits) {
        super(json);
        this.json = json;
        this.hub = hub;
        this.answers = answers;
        this.limits = limits;
    }

    @Override
    Set<String> methodsFor(Exchange exchange) {
        return Set.of("POST");
    }

    @Override
    void handle(Exchange exchange) {
        String path = exchange.rawPathAfter(PATH);
        MediaType type = exchange.mediaType();
        if (!path.isEmpty()) {
            publishRaw(exchange, new Topic(Parameters.decodePath(path)));
            return;
        }
        Parameters.of(exchange).allow(Set.of());
        if (type.isNdjson()) {
            type.requireUtf8();
            new NdjsonPublisher(exchange, json, hub, answers, limits.maxBodyBytes()).read();
        } else {
            type.requireJson();
            Body.read(exchange, limits.maxBodyBytes(), body -> publish(exchange, PublishRequest.read(json, body)));
        }
    }

    private void publishRaw(Exchange exchange, Topic topic) {
        Parameters parameters = Parameters.of(exchange).allow(Set.of("user_id"));
        Optional<UserId> recipient = parameters.get("user_id").map(UserId::new);
        exchange.mediaType().requireUtf8();
        Body.read(
                exchange,
                limits.maxBodyBytes(),
                body -> publish(exchange, new Message(topic, recipient, rawText(body))));
    }

    private void publish(Exchange exchange, Message message) {
        hub.publish(
                message,
                (id, queued) -> answers.add(() -> exchange.answer(
                        ("{\"id\":\"" + id + "\",\"queued\":" + queued + "}").getBytes(StandardCharsets.US_ASCII))));
    }

    private static Text rawText(ByteBuffer body) {
        try {
            return Text.of(StandardCharsets.UTF_8.newDecoder().decode(body).toString());
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("the body is not valid UTF-8: a message is text");
        }
    }
}
