package relay.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import relay.json.Json;
import relay.uri.Parameters;

/**
 * Documents that come with the relay: its JavaScript client and the descriptions of its interface. They need no
 * credential, for they say nothing of what goes on.
 *
 * <p>Jetty's own handlers name a version of a file by its time and size, and in this jar all files have one time: here it
 * is the content that names it.
 */
public final class DocumentServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;
    private static final Pattern TAG = Pattern.compile("(?:W/)?(\"[^\"]*\")");

    private final String contentType;
    private final transient Function<Request, byte[]> document;

    private DocumentServlet(Json json, String contentType, Function<Request, byte[]> document) {
        super(json);
        this.contentType = contentType;
        this.document = document;
    }

    /**
     * All of them, by their paths: {@code /relay.js}, an ES module; {@code /openapi.json}, the HTTP side as OpenAPI 3.1;
     * {@code /asyncapi.json}, what is said on the socket, as AsyncAPI 3.0.
     *
     * @param publicUrl where clients reach the relay; empty: wherever the request for a description did
     */
    public static Map<String, DocumentServlet> all(Json json, Optional<URI> publicUrl) {
        byte[] script = read("/relay/console/relay.js");
        Description openApi = Description.openApi(read("/relay/http/openapi.json"));
        Description asyncApi = Description.asyncApi(read("/relay/http/asyncapi.json"));
        return Map.of(
                "/relay.js",
                new DocumentServlet(json, "text/javascript; charset=utf-8", request -> script),
                "/openapi.json",
                described(json, openApi, publicUrl),
                "/asyncapi.json",
                described(json, asyncApi, publicUrl));
    }

    private static DocumentServlet described(Json json, Description description, Optional<URI> publicUrl) {
        return new DocumentServlet(
                json, "application/json", request -> description.servedAt(SocketUrl.base(publicUrl, request)));
    }

    @Override
    Set<String> methodsFor(Exchange exchange) {
        return Set.of("GET", "HEAD");
    }

    @Override
    void handle(Exchange exchange) {
        Request request = exchange.coreRequest();
        Parameters.of(request.getHttpURI()).allow(Set.of());
        byte[] body = document.apply(request);
        String tag = tag(body);
        exchange.setHeader(HttpHeader.ETAG, tag);
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-cache");
        exchange.setHeader("X-Content-Type-Options", "nosniff");
        if (isKnown(tag, request)) {
            exchange.answerEmpty(HttpStatus.NOT_MODIFIED_304);
        } else {
            exchange.answer(contentType, body);
        }
    }

    /** Whether the caller has this version already (RFC 9110 §13.1.2); a weak tag names it too. */
    private static boolean isKnown(String tag, Request request) {
        String known = String.join(",", request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH));
        return known.strip().equals("*")
                || TAG.matcher(known).results().anyMatch(one -> one.group(1).equals(tag));
    }

    private static String tag(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return '"' + HexFormat.of().formatHex(digest, 0, 16) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] read(String resource) {
        try (InputStream file = Objects.requireNonNull(DocumentServlet.class.getResourceAsStream(resource))) {
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
