package relay.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.engine.IdempotencyKey;
import relay.hub.Hub;
import relay.json.Json;
import relay.json.PlainMessages;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.publish.PublishListener;
import relay.publish.PublishOnce;
import relay.publish.Receipt;
import relay.uri.Parameters;

/**
 * {@code POST /publish}: one message as JSON, or many as NDJSON; {@code POST /publish/{topic}}: one message, its text as
 * the body.
 */
final class PublishServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    /** Where the body is the message. */
    private static final Set<String> PARAMETERS_OF_RAW = Set.of("user_id", "ttl", "exclude", "retain", "confirm");

    private final transient MessageReader reader;
    private final transient Hub hub;
    private final transient RequestLimits limits;
    private final transient Access access;
    private final transient PublishOnce once;

    PublishServlet(Json json, Hub hub, RequestLimits limits, Access access, PublishOnce once) {
        super(json);
        this.reader = new MessageReader(json, new PlainMessages());
        this.hub = hub;
        this.limits = limits;
        this.access = access;
        this.once = once;
    }

    @Override
    void handle(Exchange exchange) {
        Caller caller = exchange.admit(access);
        TopicFilter topics = caller.topics();
        String path = exchange.pathName();
        MediaType type = exchange.mediaType();
        Optional<KeyedRequest> keyed = KeyedRequest.of(exchange, caller, path, type);
        if (!path.isEmpty()) {
            Topic topic = Topic.exact(Parameters.decodePath(path));
            requireAllowed(topics, List.of(topic));
            publishRaw(exchange, topic, keyed);
            return;
        }
        Parameters parameters = exchange.parameters();
        parameters.allow(type.isNdjson() ? Set.of() : Set.of("confirm"));
        if (type.isNdjson()) {
            type.requireUtf8();
            requireNoKey(keyed);
            exchange.guardApart(new NdjsonPublisher(exchange, reader, hub, once.answers(), limits, topics)::read);
        } else {
            type.requireJson();
            Optional<Duration> confirm = confirm(parameters);
            BodyReader.readWhole(exchange, limits, body -> {
                Message message = reader.read(body);
                requireAllowed(topics, message.topics());
                publishOnce(exchange, message, confirm, keyed, body);
            });
        }
    }

    private static void requireNoKey(Optional<KeyedRequest> keyed) {
        if (keyed.isPresent()) {
            throw new InvalidInputException(IdempotencyHeader.NAME
                    + " is for one message: leave it out, or send each line as a request with a key of its own");
        }
    }

    /** @throws AccessDeniedException unless the caller may publish to all of these */
    static void requireAllowed(TopicFilter topics, List<Topic> wanted) {
        topics.refused(wanted).ifPresent(topic -> {
            throw AccessDeniedException.forbidden(
                    "this credential may not publish to \"" + topic + "\": it may to " + topics);
        });
    }

    private void publishRaw(Exchange exchange, Topic topic, Optional<KeyedRequest> keyed) {
        Parameters parameters = exchange.parameters().allow(PARAMETERS_OF_RAW);
        Optional<UserId> recipient = parameters.get("user_id").map(UserId::new);
        PublishOptions options = PublishOptions.in(parameters);
        Optional<Duration> confirm = confirm(parameters);
        exchange.mediaType().requireUtf8();
        BodyReader.readWhole(exchange, limits, body -> {
            String text = rawText(body);
            Message message =
                    new Message(List.of(topic), recipient, Text.of(text), options.forMessage(text.equals("null")));
            publishOnce(exchange, message, confirm, keyed, body);
        });
    }

    private Optional<Duration> confirm(Parameters parameters) {
        return parameters.time("confirm", "2s", limits.maxConfirm());
    }

    private void publishOnce(
            Exchange exchange,
            Message message,
            Optional<Duration> confirm,
            Optional<KeyedRequest> keyed,
            ByteBuffer body) {
        once.publish(
                keyed.map(request -> request.with(body.rewind())),
                new PublishSender(exchange, hub.isShared(), confirm.isPresent()),
                (key, listener) -> publish(exchange, message, confirm, key, listener));
    }

    private void publish(
            Exchange exchange,
            Message message,
            Optional<Duration> confirm,
            Optional<IdempotencyKey> key,
            PublishListener listener) {
        if (confirm.isPresent()) {
            WaitLimit limit = new WaitLimit(exchange.scheduler());
            Receipt receipt = hub.publishConfirmed(message, key, confirm.get(), new ConfirmLimit(listener, limit));
            limit.begin(confirm.get(), receipt::expire);
        } else {
            hub.publish(message, key, listener);
        }
    }

    private static String rawText(ByteBuffer body) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(body).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("the body is not valid UTF-8: a message is text");
        }
    }
}
