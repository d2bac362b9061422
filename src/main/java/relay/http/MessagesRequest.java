package relay.http;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.QuotedQualityCSV;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.access.Credential;
import relay.access.Right;
import relay.hub.Past;
import relay.message.InvalidInputException;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UserId;
import relay.uri.Parameters;
import relay.uri.StartWords;

/**
 * What a request for the messages of a topic asks for.
 *
 * @param goesOn whether it says after which message it goes on
 * @param waits how long it waits if there is nothing; zero: not at all
 * @param ndjson whether it wants one message a line
 * @param isSecret whether its URL has a credential in it
 */
record MessagesRequest(Past.Question question, boolean goesOn, Duration waits, boolean ndjson, boolean isSecret) {
    private static final String USER = "user_id";
    private static final String TOKEN = "token";
    private static final Set<String> PARAMETERS = Set.of("after", "last", "since", "limit", "wait", USER, TOKEN);

    /**
     * Reads it.
     *
     * @throws InvalidInputException if something is malformed
     * @throws AccessDeniedException if the caller may not read that
     */
    static MessagesRequest read(Exchange exchange, Access access, Duration maxWait) {
        Parameters parameters = exchange.parameters().allow(PARAMETERS);
        Optional<String> token = parameters.get(TOKEN);
        Caller caller = access.admit(
                Credential.of(
                        exchange.headers(HttpHeader.AUTHORIZATION.asString()),
                        token.stream().toList(),
                        List.of()),
                Right.SUBSCRIBE);
        Topic topic = new Topic(Parameters.decodePath(exchange.pathName()));
        Optional<UserId> user = caller.actsFor(parameters.get(USER).map(UserId::new));
        int limit = parameters.pageSize();
        Optional<StartPosition> start = StartWords.in(parameters).position();
        Duration waits = parameters.time("wait", "20s", maxWait).orElse(Duration.ZERO);
        caller.requireTopics(Set.of(topic));
        return new MessagesRequest(
                new Past.Question(topic, user, start.orElseGet(() -> new StartPosition.Last(limit)), limit),
                start.filter(StartPosition.After.class::isInstance).isPresent(),
                waits,
                wantsLines(exchange),
                token.isPresent());
    }

    /** Whether lines are what it accepts most; JSON if it does not say. */
    private static boolean wantsLines(Exchange exchange) {
        QuotedQualityCSV accepted = new QuotedQualityCSV();
        exchange.headers(HttpHeader.ACCEPT.asString()).forEach(accepted::addValue);
        return accepted.getValues().stream()
                .map(value -> MediaType.of(Optional.of(value)))
                .filter(type -> type.isNdjson() || type.isJson() || type.name().endsWith("/*"))
                .findFirst()
                .filter(MediaType::isNdjson)
                .isPresent();
    }
}
