package relay.console;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.http.StaticContent;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * Serves the console: {@code GET /} and the files of that page below {@code /console/}. They contain no data and take no key.
 * No script but these files runs in the page, whatever the name of a topic or a user contains: the Content-Security-Policy lets
 * no text become markup. For any thread.
 */
public final class Console extends Handler.Abstract {
    private static final String PAGE = "index.html";
    private static final Set<String> FILES = Set.of(
            "console.css",
            "favicon.svg",
            "console.js",
            "api.js",
            "dom.js",
            "figures.js",
            "hook.js",
            "lines.js",
            "metrics.js",
            "oneurl.js",
            "received.js",
            "tables.js",
            "try.js");
    private static final Set<String> SECURE = Set.of("https", "wss");

    /** Those that have been asked for: each is read once. */
    private final ConcurrentHashMap<String, StaticContent> read = new ConcurrentHashMap<>();

    private final List<HttpField> headers;

    /** @param publicUrl where clients reach the relay; empty: at the host that their request names */
    public Console(Optional<URI> publicUrl) {
        headers = List.of(
                new HttpField("Content-Security-Policy", policy(publicUrl)),
                new HttpField("X-Content-Type-Options", "nosniff"),
                new HttpField("Referrer-Policy", "no-referrer"),
                new HttpField("Cross-Origin-Opener-Policy", "same-origin"),
                new HttpField("Cross-Origin-Resource-Policy", "same-origin"),
                new HttpField(HttpHeader.CACHE_CONTROL, "no-cache"));
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        RoutedRequest routed = RoutedRequest.of(request);
        if (routed.route() == Route.CONSOLE) {
            answer(PAGE, request, response, callback);
            return true;
        }
        if (routed.route() == Route.CONSOLE_FILE && FILES.contains(routed.name())) {
            answer(routed.name(), request, response, callback);
            return true;
        }
        return false;
    }

    private void answer(String name, Request request, Response response, Callback callback) {
        StaticContent file = read.computeIfAbsent(name, one -> StaticContent.load(Console.class, one));
        // A body has no meaning here. If not all of it has arrived, the connection ends after the answer.
        request.consumeAvailable();
        HttpFields.Mutable answer = response.getHeaders();
        headers.forEach(answer::put);
        answer.put(HttpHeader.ETAG, file.etag());
        if (file.matches(request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH))) {
            response.setStatus(HttpStatus.NOT_MODIFIED_304);
            callback.succeeded();
            return;
        }
        response.setStatus(HttpStatus.OK_200);
        answer.put(HttpHeader.CONTENT_TYPE, file.type());
        answer.put(HttpHeader.CONTENT_LENGTH, file.length());
        if (HttpMethod.HEAD.is(request.getMethod())) {
            callback.succeeded();
        } else {
            response.write(true, file.bytes(), callback);
        }
    }

    /** {@code 'self'} includes WebSockets of the same host and port (CSP3 §6.7.2.8). */
    private static String policy(Optional<URI> publicUrl) {
        return String.join(
                "; ",
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                "connect-src 'self'"
                        + publicUrl.map(url -> " " + socketSource(url)).orElse(""),
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'");
    }

    /** The WebSockets at the public URL. A policy cannot name an IPv6 address: then it allows any of the scheme. */
    private static String socketSource(URI publicUrl) {
        String scheme = SECURE.contains(publicUrl.getScheme().toLowerCase(Locale.ROOT)) ? "wss:" : "ws:";
        String host = publicUrl.getHost();
        String port = publicUrl.getPort() < 0 ? "" : ":" + publicUrl.getPort();
        return host.startsWith("[") ? scheme : scheme + "//" + host + port;
    }
}
