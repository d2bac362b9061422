package relay.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.ByteBufferBackedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import relay.json.Json;

/**
 * Serves a document that comes with the relay: {@code /relay.js}, the JavaScript client, an ES module; {@code /openapi.json}, the
 * HTTP API as OpenAPI 3.1; {@code /asyncapi.json}, the WebSocket API as AsyncAPI 3.0. They take no key: they say nothing about
 * clients or messages.
 */
final class DocumentServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;
    private static final Pattern SOCKET_BASE = Pattern.compile("ws(?<secure>s?)://(?<authority>[^/]*)(?<path>.*)");

    private final String resource;
    private final transient Rendering rendering;

    /** Read when it is first asked for: a start does not wait for it. */
    private transient @Nullable StaticContent file;

    @FunctionalInterface
    private interface Rendering {
        StaticContent render(StaticContent file, Request request) throws IOException;
    }

    /** Writes into an API description where this relay is. */
    @FunctionalInterface
    private interface ServerEntry {
        void write(ObjectNode description, String secure, String authority, String path);
    }

    private DocumentServlet(Json json, String resource, Rendering rendering) {
        super(json);
        this.resource = resource;
        this.rendering = rendering;
    }

    static DocumentServlet script(Json json) {
        return new DocumentServlet(json, "/relay/console/relay.js", (file, request) -> file);
    }

    /** @param publicUrl where clients reach the relay; empty: at the host that their request names */
    static DocumentServlet openApi(Json json, Optional<URI> publicUrl) {
        return description(
                json,
                "openapi.json",
                publicUrl,
                (description, secure, authority, path) -> description
                        .withArray("/servers")
                        .removeAll()
                        .addObject()
                        .put("url", "http" + secure + "://" + authority + path));
    }

    /** @param publicUrl where clients reach the relay; empty: at the host that their request names */
    static DocumentServlet asyncApi(Json json, Optional<URI> publicUrl) {
        return description(json, "asyncapi.json", publicUrl, (description, secure, authority, path) -> {
            ObjectNode server = description.withObject("/servers/relay");
            server.put("host", authority).put("protocol", "ws" + secure);
            if (!path.isEmpty()) {
                server.put("pathname", path);
            }
        });
    }

    private static DocumentServlet description(
            Json json, String resource, Optional<URI> publicUrl, ServerEntry server) {
        ObjectMapper mapper = new ObjectMapper();
        return new DocumentServlet(json, resource, (file, request) -> {
            Matcher base = SOCKET_BASE.matcher(SocketUrl.base(publicUrl, request));
            if (!base.matches()) {
                throw new IllegalStateException("no URL of sockets: " + base);
            }
            ObjectNode description = (ObjectNode) mapper.readTree(new ByteBufferBackedInputStream(file.bytes()));
            server.write(description, base.group("secure"), base.group("authority"), base.group("path"));
            return new StaticContent(
                    mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(description), file.type());
        });
    }

    @Override
    void handle(Exchange exchange) {
        exchange.parameters().allow(Set.of());
        Request request = exchange.coreRequest();
        StaticContent content = render(request);
        exchange.setHeader(HttpHeader.ETAG, content.etag());
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-cache");
        exchange.setHeader("X-Content-Type-Options", "nosniff");
        if (content.matches(request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH))) {
            exchange.answerEmpty(HttpStatus.NOT_MODIFIED_304);
        } else {
            exchange.answer(content.type(), content.bytes());
        }
    }

    private StaticContent render(Request request) {
        try {
            return rendering.render(file(), request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized StaticContent file() {
        StaticContent present = file;
        if (present == null) {
            present = StaticContent.load(DocumentServlet.class, resource);
            file = present;
        }
        return present;
    }
}
