package relay.http;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import relay.content.Content;
import relay.content.OnDemand;
import relay.json.Json;
import relay.uri.Route;

/**
 * Documents that come with the relay: its JavaScript client and the descriptions of its interface. They need no
 * credential, for they say nothing of what goes on.
 */
public final class DocumentServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient Function<Request, Content> document;

    private DocumentServlet(Json json, Function<Request, Content> document) {
        super(json);
        this.document = document;
    }

    /**
     * All of them, by their routes: {@code /relay.js}, an ES module; {@code /openapi.json}, the HTTP side as OpenAPI 3.1;
     * {@code /asyncapi.json}, what is said on the socket, as AsyncAPI 3.0.
     *
     * @param publicUrl where clients reach the relay; empty: wherever the request for a description did
     */
    public static Map<Route, DocumentServlet> all(Json json, Optional<URI> publicUrl) {
        OnDemand<Content> script = new OnDemand<>(() -> Content.load(DocumentServlet.class, "/relay/console/relay.js"));
        OnDemand<Description> openApi =
                new OnDemand<>(() -> Description.openApi(Content.load(DocumentServlet.class, "openapi.json")));
        OnDemand<Description> asyncApi =
                new OnDemand<>(() -> Description.asyncApi(Content.load(DocumentServlet.class, "asyncapi.json")));
        return Map.of(
                Route.SCRIPT,
                new DocumentServlet(json, request -> script.get()),
                Route.OPENAPI,
                described(json, openApi, publicUrl),
                Route.ASYNCAPI,
                described(json, asyncApi, publicUrl));
    }

    private static DocumentServlet described(Json json, OnDemand<Description> description, Optional<URI> publicUrl) {
        return new DocumentServlet(json, request -> description.get().servedAt(SocketUrl.base(publicUrl, request)));
    }

    @Override
    void handle(Exchange exchange) {
        exchange.parameters().allow(Set.of());
        Request request = exchange.coreRequest();
        Content content = document.apply(request);
        exchange.setHeader(HttpHeader.ETAG, content.etag());
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-cache");
        exchange.setHeader("X-Content-Type-Options", "nosniff");
        if (content.isNamedIn(request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH))) {
            exchange.answerEmpty(HttpStatus.NOT_MODIFIED_304);
        } else {
            exchange.answer(content.type(), content.bytes());
        }
    }
}
