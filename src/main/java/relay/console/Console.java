package relay.console;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.content.Content;
import relay.content.OnDemand;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * {@code GET /} and the files of that page below {@code /console/}. They hold no data and need no key. Nothing but these
 * files runs in the page, however a topic or a user is named: its Content-Security-Policy lets no markup be made of text.
 * Jetty's threads run it; it is immutable.
 */
public final class Console extends Handler.Abstract {
    private static final String PAGE = "";
    private static final List<String> FILES = List.of(
            "console.css",
            "favicon.svg",
            "console.js",
            "api.js",
            "dom.js",
            "figures.js",
            "metrics.js",
            "tables.js",
            "try.js");
    private static final Set<String> SECURE = Set.of("https", "wss");

    private final Map<String, OnDemand<Content>> files;
    private final List<HttpField> headers;

    /**
     * Knows the files' names; each is read when it is first asked for.
     *
     * @param publicUrl what the URLs that clients connect to begin with; empty: the address that the page was got from
     */
    public Console(Optional<URI> publicUrl) {
        files = Stream.concat(Stream.of(PAGE), FILES.stream())
                .collect(Collectors.toUnmodifiableMap(Function.identity(), name -> new OnDemand<>(() -> load(name))));
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
        boolean isOfThePage = routed.route() == Route.CONSOLE || routed.route() == Route.CONSOLE_FILE;
        OnDemand<Content> file = isOfThePage ? files.get(routed.rest()) : null;
        if (file == null) {
            return false;
        }
        answer(file.get(), request, response, callback);
        return true;
    }

    private void answer(Content file, Request request, Response response, Callback callback) {
        // A body means nothing here. If it has not come whole, the answer is the connection's last.
        request.consumeAvailable();
        HttpFields.Mutable answer = response.getHeaders();
        headers.forEach(answer::put);
        answer.put(HttpHeader.ETAG, file.etag());
        if (file.isNamedIn(request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH))) {
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

    private static Content load(String name) {
        return Content.load(Console.class, name.equals(PAGE) ? "index.html" : name);
    }

    /** To a page {@code 'self'} is also the WebSocket of its own host and port (CSP3 §6.7.2.8). */
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

    /** Where a public URL's WebSockets are. A policy cannot name an IPv6 address: any of the scheme, then. */
    private static String socketSource(URI publicUrl) {
        String scheme = SECURE.contains(publicUrl.getScheme().toLowerCase(Locale.ROOT)) ? "wss:" : "ws:";
        String host = publicUrl.getHost();
        String port = publicUrl.getPort() < 0 ? "" : ":" + publicUrl.getPort();
        return host.startsWith("[") ? scheme : scheme + "//" + host + port;
    }
}
