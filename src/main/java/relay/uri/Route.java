package relay.uri;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import relay.access.Right;

/**
 * The relay's paths, each in a line: what it takes, which right it needs, how often one address may ask for it, and whether
 * the answer may take long. What guards, dispatches and serves a request reads this table; nothing else looks at a path.
 *
 * <p>A path has one spelling, this one, as it is sent: no trailing slash, no percent-encoding, no parameter, no dot segment. What
 * stands for a name in braces begins behind the slash and may hold anything else. Immutable, for any thread.
 */
public enum Route {
    HEALTH("/health", "GET, HEAD, OPTIONS", open(), Rate.FREE, Pace.QUICK),
    READY("/ready", "GET, HEAD, OPTIONS", open(), Rate.FREE, Pace.QUICK),
    METRICS("/metrics", "GET, HEAD, OPTIONS", to(Right.ADMIN), Rate.FREE, Pace.SLOW),
    REGISTER("/register", "OPTIONS, POST", to(Right.REGISTER), Rate.REGISTRATIONS, Pace.QUICK),
    REGISTRATION("/register/{id}", "DELETE, OPTIONS", to(Right.REGISTER), Rate.FREE, Pace.QUICK),
    PUBLISH("/publish", "OPTIONS, POST", to(Right.PUBLISH), Rate.FREE, Pace.QUICK),
    PUBLISH_TO_TOPIC("/publish/{topic}", "OPTIONS, POST", to(Right.PUBLISH), Rate.FREE, Pace.QUICK),
    TOPICS("/topics", "GET, HEAD, OPTIONS", to(Right.ADMIN), Rate.FREE, Pace.QUICK),
    TOPIC("/topics/{topic}", "GET, HEAD, OPTIONS", to(Right.ADMIN), Rate.FREE, Pace.QUICK),
    CLIENTS("/clients", "DELETE, GET, HEAD, OPTIONS", to(Right.ADMIN), Rate.FREE, Pace.QUICK),
    WEB_SOCKET("/ws/{id}", "GET", open(), Rate.HANDSHAKES, Pace.QUICK),
    EVENT_STREAM("/sse/{id}", "GET", open(), Rate.HANDSHAKES, Pace.QUICK),
    SCRIPT("/relay.js", "GET, HEAD, OPTIONS", open(), Rate.FREE, Pace.SLOW),
    OPENAPI("/openapi.json", "GET, HEAD, OPTIONS", open(), Rate.FREE, Pace.SLOW),
    ASYNCAPI("/asyncapi.json", "GET, HEAD, OPTIONS", open(), Rate.FREE, Pace.SLOW),
    CONSOLE("/", "GET, HEAD", open(), Rate.FREE, Pace.SLOW),
    CONSOLE_FILE("/console/{file}", "GET, HEAD", open(), Rate.FREE, Pace.SLOW);

    /** A server behind this one might resolve it, and serve another path than this one has looked at. */
    private static final Pattern DOT_SEGMENT = Pattern.compile("/(\\.|%2[eE]){1,2}(/|;|$)");

    private static final List<Route> ALL = List.of(values());

    private final String pattern;
    /** What all of its paths begin with; where it has no name in braces, the path. */
    private final String stem;

    private final String methods;

    @SuppressWarnings("ImmutableEnumChecker") // List.of makes one that never changes.
    private final List<String> eachMethod;

    private final Optional<Right> right;
    private final Rate rate;
    private final Pace pace;

    /** Which of an address's rates a request counts against. */
    public enum Rate {
        FREE,
        REGISTRATIONS,
        HANDSHAKES
    }

    /** Whether a thread that selects may see to it. */
    public enum Pace {
        QUICK,
        /** It reads a file or writes a long page: that is for a thread on which nobody waits. */
        SLOW
    }

    Route(String pattern, String methods, Optional<Right> right, Rate rate, Pace pace) {
        this.pattern = pattern;
        this.stem = pattern.replaceFirst("\\{.*", "");
        this.methods = methods;
        this.eachMethod = List.of(methods.split(", "));
        this.right = right;
        this.rate = rate;
        this.pace = pace;
    }

    private static Optional<Right> open() {
        return Optional.empty();
    }

    private static Optional<Right> to(Right right) {
        return Optional.of(right);
    }

    /** The one that a path, as it is sent, is of; empty if there is none. */
    static Optional<Route> of(String path) {
        for (Route route : ALL) {
            if (route.matches(path)) {
                return Optional.of(route);
            }
        }
        return Optional.empty();
    }

    private boolean matches(String path) {
        boolean hasAName = path.length() > stem.length();
        return path.startsWith(stem)
                && hasAName == takesAName()
                && !(hasAName && DOT_SEGMENT.matcher(path).find());
    }

    private boolean takesAName() {
        return pattern.length() > stem.length();
    }

    /** What stands for the name in braces, as it is sent; empty if there is none. */
    String rest(String path) {
        return path.substring(stem.length());
    }

    /** As the interface's description has it: {@code /publish/{topic}}. */
    public String pattern() {
        return pattern;
    }

    /** As a servlet is mapped: {@code /publish/*}. */
    public String servletPath() {
        return takesAName() ? stem + "*" : pattern;
    }

    public boolean takes(String method) {
        return eachMethod.contains(method);
    }

    /** Whether it says how the relay is and nothing else, for those who look after it. */
    public boolean isProbe() {
        return this == HEALTH || this == READY;
    }

    /** The methods that it takes, in alphabetical order, with commas: the value of {@code Allow}. */
    public String methods() {
        return methods;
    }

    /** What a caller needs to be allowed; empty: nothing. */
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
