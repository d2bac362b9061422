package relay.http;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import relay.access.Access;
import relay.hub.Admission;
import relay.hub.Past;
import relay.hub.Poll;
import relay.json.Json;
import relay.json.MessageJson;

/**
 * {@code GET /topics/{topic}/messages}: the past of a topic, page by page, or the next message as soon as there is one. A request that
 * waits holds no thread and counts as a connection.
 */
final class MessagesServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    /** What the answer depends on beside the URL. */
    private static final String VARY = "Accept, Authorization";

    private final transient MessageJson messages;
    private final transient Past past;
    private final transient Admission admission;
    private final transient RequestLimits limits;
    private final transient Access access;
    private final transient AnswerMemory memory = AnswerMemory.usual();

    MessagesServlet(Json json, Past past, Admission admission, RequestLimits limits, Access access) {
        super(json);
        this.messages = new MessageJson(json);
        this.past = past;
        this.admission = admission;
        this.limits = limits;
        this.access = access;
    }

    @Override
    void handle(Exchange exchange) {
        exchange.addHeader(HttpHeader.VARY, VARY);
        MessagesRequest request = MessagesRequest.read(exchange, access, limits.maxWait());
        CompletionStage<Past.Page> page =
                request.waits().isZero() ? past.page(request.question()) : await(exchange, request);
        exchange.then(page, found -> answer(exchange, request, found));
    }

    private CompletionStage<Past.Page> await(Exchange exchange, MessagesRequest request) {
        admission.enterToWait();
        WaitLimit limit = new WaitLimit(exchange.scheduler());
        Poll poll = past.poll(request.question());
        CompletionStage<Past.Page> page = poll.begin().whenComplete((found, failure) -> {
            limit.end();
            admission.leave();
        });
        limit.begin(request.waits(), poll::expire);
        return page;
    }

    private void answer(Exchange exchange, MessagesRequest request, Past.Page page) {
        StaticContent body = request.ndjson() ? PageBody.lines(page, messages) : PageBody.json(page, messages);
        boolean has = body.matches(exchange.headers(HttpHeader.IF_NONE_MATCH.asString()));
        if (!has) {
            memory.enter(body.length());
            exchange.onEnd(() -> memory.leave(body.length()));
        }
        exchange.setHeader(HttpHeader.ETAG, body.etag());
        exchange.setHeader(HttpHeader.CACHE_CONTROL, cacheControl(request, page));
        if (has) {
            exchange.answerEmpty(HttpStatus.NOT_MODIFIED_304);
        } else {
            exchange.answer(body.type(), body.bytes());
        }
    }

    /**
     * A full page behind a message stays as it is: no message ever comes between two others, and none leaves it before its time if none
     * has a time to live. It may be kept for as long as the relay itself keeps all of it. What has a credential in its URL is kept nowhere.
     */
    private String cacheControl(MessagesRequest request, Past.Page page) {
        if (request.isSecret()) {
            return "no-store";
        }
        long seconds = page.ageNanos() < 0
                ? 0
                : limits.historyAge().minus(Duration.ofNanos(page.ageNanos())).toSeconds();
        boolean expires = page.messages().stream()
                .anyMatch(one -> one.message().options().ttl().isPresent());
        boolean stays = request.goesOn() && page.full() && page.gap().isEmpty() && !expires;
        return stays && seconds > 0 ? "private, max-age=" + seconds + ", immutable" : "no-cache";
    }
}
