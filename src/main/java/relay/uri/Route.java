package relay.uri;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import relay.access.Right;

/**
 * The table of all paths that the relay serves. One line per path: the pattern, the methods, the right that the caller needs,
 * the rate that the request counts against, and how long the answer may take.
 *
 * <p>Everything that depends on the path reads this table: {@code Router} (404), {@code RateLimitHandler} (429), {@code HostCheck},
 * {@code Dispatch} (405, and which thread answers), {@code Servlets}, CORS, and each servlet for its right. Nothing else parses
 * a path: {@code ArchitectureTest} sees to that. {@code OpenApiTest} fails if the table and {@code openapi.json} differ.
 *
 * <p>Each path has exactly one spelling: no trailing slash, no percent-encoding, no path parameter, no dot segment. The name
 * in braces starts after the slash; it is percent-encoded and may contain any other character. Where two lines fit, the first
 * counts: a topic that ends with {@code /messages} has its last slash percent-encoded. Immutable, for any thread.
 */
public enum Route {
    HEALTH("/health", "GET, HEAD, OPTIONS", anybody(), Rate.UNLIMITED, Pace.QUICK),
    READY("/ready", "GET, HEAD, OPTIONS", anybody(), Rate.UNLIMITED, Pace.QUICK),
    METRICS("/metrics", "GET, HEAD, OPTIONS", with(Right.ADMIN), Rate.UNLIMITED, Pace.SLOW),
    REGISTER("/register", "OPTIONS, POST", with(Right.REGISTER), Rate.REGISTRATIONS, Pace.QUICK),
    REGISTRATION("/register/{id}", "DELETE, OPTIONS", with(Right.REGISTER), Rate.UNLIMITED, Pace.QUICK),
    PUBLISH("/publish", "OPTIONS, POST", with(Right.PUBLISH), Rate.UNLIMITED, Pace.QUICK),
    PUBLISH_TO_TOPIC("/publish/{topic}", "OPTIONS, POST", with(Right.PUBLISH), Rate.UNLIMITED, Pace.QUICK),
    TOPICS("/topics", "GET, HEAD, OPTIONS", with(Right.ADMIN), Rate.UNLIMITED, Pace.QUICK),
    TOPIC_MESSAGES("/topics/{topic}/messages", "GET, HEAD, OPTIONS", with(Right.SUBSCRIBE), Rate.UNLIMITED, Pace.SLOW),
    TOPIC("/topics/{topic}", "GET, HEAD, OPTIONS", with(Right.ADMIN), Rate.UNLIMITED, Pace.QUICK),
    CLIENTS("/clients", "DELETE, GET, HEAD, OPTIONS", with(Right.ADMIN), Rate.UNLIMITED, Pace.QUICK),
    HOOK("/hook", "GET, HEAD, OPTIONS", with(Right.ADMIN), Rate.UNLIMITED, Pace.QUICK),
    DIRECT_WEB_SOCKET("/ws", "GET", with(Right.SUBSCRIBE), Rate.HANDSHAKES, Pace.QUICK),
    DIRECT_EVENT_STREAM("/sse", "GET", with(Right.SUBSCRIBE), Rate.HANDSHAKES, Pace.QUICK),
    WEB_SOCKET("/ws/{id}", "GET", anybody(), Rate.HANDSHAKES, Pace.QUICK),
    EVENT_STREAM("/sse/{id}", "GET", anybody(), Rate.HANDSHAKES, Pace.QUICK),
    SCRIPT("/relay.js", "GET, HEAD, OPTIONS", anybody(), Rate.UNLIMITED, Pace.SLOW),
    OPENAPI("/openapi.json", "GET, HEAD, OPTIONS", anybody(), Rate.UNLIMITED, Pace.SLOW),
    ASYNCAPI("/asyncapi.json", "GET, HEAD, OPTIONS", anybody(), Rate.UNLIMITED, Pace.SLOW),
    CONSOLE("/", "GET, HEAD", anybody(), Rate.UNLIMITED, Pace.SLOW),
    CONSOLE_FILE("/console/{file}", "GET, HEAD", anybody(), Rate.UNLIMITED, Pace.SLOW);

    /** A server behind the relay might resolve it and serve another path than the one that was checked here. */
    private static final Pattern DOT_SEGMENT = Pattern.compile("/(\\.|%2[eE]){1,2}(/|;|$)");

    private static final List<Route> ALL = List.of(values());

    private final String pattern;

    /** The pattern up to the name in braces; the whole pattern if it has none. */
    private final String prefix;

    /** The pattern behind the name in braces. */
    private final String suffix;

    private final String allow;

    @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable.
    private final List<String> methods;

    private final Optional<Right> right;
    private final Rate rate;
    private final Pace pace;

    /** Which of the rates of its address a request counts against. */
    public enum Rate {
        UNLIMITED,
        REGISTRATIONS,
        HANDSHAKES
    }

    /** Which thread may answer. */
    public enum Pace {
        /** The selecting thread, on which other connections wait. */
        QUICK,
        /** A thread of the pool: the answer takes a file to be read or a long page to be written. */
        SLOW
    }

    Route(String pattern, String allow, Optional<Right> right, Rate rate, Pace pace) {
        this.pattern = pattern;
        this.prefix = pattern.replaceFirst("\\{.*", "");
        this.suffix = pattern.contains("}") ? pattern.replaceFirst(".*\\}", "") : "";
        this.allow = allow;
        this.methods = List.of(allow.split(", "));
        this.right = right;
        this.rate = rate;
        this.pace = pace;
    }

    private static Optional<Right> anybody() {
        return Optional.empty();
    }

    private static Optional<Right> with(Right right) {
        return Optional.of(right);
    }

    /** The route of a path as it was sent; empty if there is none. */
    static Optional<Route> of(String path) {
        for (Route route : ALL) {
            if (route.matches(path)) {
                return Optional.of(route);
            }
        }
        return Optional.empty();
    }

    private boolean matches(String path) {
        boolean hasName = path.length() > prefix.length() + suffix.length();
        return path.startsWith(prefix)
                && path.endsWith(suffix)
                && hasName == takesName()
                && !(hasName && DOT_SEGMENT.matcher(path).find());
    }

    private boolean takesName() {
        return pattern.endsWith("}" + suffix);
    }

    /** The name that a path of this route has in place of the braces, as it was sent; empty if the route takes none. */
    String nameIn(String path) {
        return path.substring(prefix.length(), path.length() - suffix.length());
    }

    /** The path of this route with a name in place of the braces. */
    public String path(String name) {
        return prefix + name + suffix;
    }

    /** As in OpenAPI: {@code /publish/{topic}}. */
    public String pattern() {
        return pattern;
    }

    /** As in the mapping of a servlet, which may be that of another route too: {@code /publish/*}. */
    public String servletMapping() {
        return takesName() ? prefix + "*" : pattern;
    }

    /** Whether it connects a client that has no registration. */
    public boolean isDirect() {
        return this == DIRECT_WEB_SOCKET || this == DIRECT_EVENT_STREAM;
    }

    /** Whether it opens a WebSocket. */
    public boolean opensWebSocket() {
        return this == WEB_SOCKET || this == DIRECT_WEB_SOCKET;
    }

    /** Whether it opens an event stream. */
    public boolean opensEventStream() {
        return this == EVENT_STREAM || this == DIRECT_EVENT_STREAM;
    }

    /** Whether it is a health check, which says nothing about clients or messages. */
    public boolean isHealthCheck() {
        return this == HEALTH || this == READY;
    }

    public boolean takes(String method) {
        return methods.contains(method);
    }

    public List<String> methods() {
        return methods;
    }

    /** The methods as the value of the header {@code Allow}: in alphabetical order, separated by commas. */
    public String allow() {
        return allow;
    }

    /** The right that the caller needs; empty if anybody may ask. */
    public Optional<Right> right() {
        return right;
    }

    public Rate rate() {
        return rate;
    }

    public Pace pace() {
        return pace;
    }
}
