package relay.uri;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;
import relay.message.InvalidInputException;

/** The query of a URI. A form in the body does not belong to it: there, the body is the message. Immutable. */
public final class Parameters {
    private static final int DEFAULT_PAGE_SIZE = 100;
    private static final int MOST_PAGE_SIZE = 1000;
    private static final Pattern PAGE_SIZE = Pattern.compile("[1-9]\\d{0,3}");

    private static final Parameters NONE = new Parameters(Fields.EMPTY);

    private final Fields fields;

    private Parameters(Fields fields) {
        this.fields = fields;
    }

    /**
     * Reads a query.
     *
     * @throws InvalidInputException if it is not percent-encoded UTF-8
     */
    public static Parameters of(HttpURI uri) {
        return of(uri, Optional::of);
    }

    /**
     * Reads a query whose parameters have aliases, or may be ignored.
     *
     * @param naming gives the name of a parameter; empty: it is ignored
     * @throws InvalidInputException if it is not percent-encoded UTF-8
     */
    static Parameters of(HttpURI uri, Function<String, Optional<String>> naming) {
        if (uri.getQuery() == null) {
            return NONE;
        }
        Fields fields = new Fields();
        try {
            // Jetty drops the last name if it breaks off within a character, and refuses it if it is not the last.
            UrlEncoded.decodeTo(
                    uri.getQuery() + "&",
                    (name, value) -> naming.apply(name).ifPresent(known -> fields.add(known, value)),
                    StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("the query is not percent-encoded UTF-8");
        }
        return new Parameters(fields);
    }

    /**
     * Refuses parameters that have no meaning here.
     *
     * @throws InvalidInputException if there are others than these, or one is given twice
     */
    public Parameters allow(Set<String> names) {
        return allow(names, Set.of());
    }

    /**
     * Refuses parameters that have no meaning here.
     *
     * @param repeated those of these that may be given more than once
     */
    public Parameters allow(Set<String> names, Set<String> repeated) {
        for (Fields.Field field : fields) {
            if (!names.contains(field.getName())) {
                throw new InvalidInputException("unknown query parameter \"" + field.getName() + "\": "
                        + (names.isEmpty()
                                ? "this path takes none"
                                : "this path takes " + String.join(", ", new TreeSet<>(names))));
            }
            if (field.hasMultipleValues() && !repeated.contains(field.getName())) {
                throw new InvalidInputException("query parameter \"" + field.getName() + "\" is given more than once");
            }
        }
        return this;
    }

    /** The value of a parameter; empty if it is not given. */
    public Optional<String> get(String name) {
        return Optional.ofNullable(fields.getValue(name));
    }

    /** The values of a parameter, one for each time that it is given. */
    public List<String> all(String name) {
        return List.copyOf(fields.getValuesOrEmpty(name));
    }

    /**
     * The parameter {@code limit}: how many entries a page has.
     *
     * @throws InvalidInputException unless it is a whole number from 1 to {@value #MOST_PAGE_SIZE}
     */
    public int pageSize() {
        return get("limit").map(Parameters::parsePageSize).orElse(DEFAULT_PAGE_SIZE);
    }

    private static int parsePageSize(String text) {
        if (!PAGE_SIZE.matcher(text).matches() || Integer.parseInt(text) > MOST_PAGE_SIZE) {
            throw new InvalidInputException("limit takes a whole number from 1 to " + MOST_PAGE_SIZE);
        }
        return Integer.parseInt(text);
    }

    /**
     * A parameter that says how long to wait; empty if it is not given.
     *
     * @param example one that is usual
     * @throws InvalidInputException if it is no time, or longer than the most
     */
    public Optional<Duration> time(String name, String example, Duration most) {
        return get(name)
                .map(text -> TimeText.parse(text)
                        .filter(time -> time.compareTo(most) <= 0)
                        .orElseThrow(() -> new InvalidInputException(name + " takes a time, such as " + example
                                + " or 500ms, and at most " + most.toMillis() + "ms")));
    }

    /** The last value of a parameter that is not empty; empty if there is none. */
    Optional<String> getLast(String name) {
        List<String> values = fields.getValuesOrEmpty(name);
        return values.stream().filter(value -> !value.isEmpty()).reduce((earlier, later) -> later);
    }

    /**
     * Decodes a name in a path. A plus sign is a plus sign.
     *
     * @throws InvalidInputException if it is not percent-encoded UTF-8
     */
    public static String decodePath(String raw) {
        String asValue = "=" + raw.replace("+", "%2B").replace("&", "%26");
        StringBuilder text = new StringBuilder();
        try {
            // Jetty's decoder for single texts accepts what is not UTF-8; the one for queries does not.
            UrlEncoded.decodeTo(asValue, (name, value) -> text.append(value), StandardCharsets.UTF_8);
            return text.toString();
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("the topic in the path is not percent-encoded UTF-8");
        }
    }
}
