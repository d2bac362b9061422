package relay.uri;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;
import relay.message.InvalidInputException;

/**
 * What a request's URI says beside its path. A form in the body is no part of it: there, the body is the message.
 * Immutable.
 */
public final class Parameters {
    private final Fields fields;

    private Parameters(Fields fields) {
        this.fields = fields;
    }

    /**
     * What stands in the query.
     *
     * @throws InvalidInputException if it is not percent-encoded UTF-8
     */
    public static Parameters of(HttpURI uri) {
        return of(uri, Optional::of);
    }

    /**
     * What stands in the query, where parameters go by several names, or mean nothing.
     *
     * @param naming what a parameter is called here; empty: it is left out
     * @throws InvalidInputException if it is not percent-encoded UTF-8
     */
    static Parameters of(HttpURI uri, Function<String, Optional<String>> naming) {
        Fields fields = new Fields();
        if (uri.getQuery() != null) {
            try {
                // Jetty drops a last name that breaks off within a character, and refuses it where it is not the last.
                UrlEncoded.decodeTo(
                        uri.getQuery() + "&",
                        (name, value) -> naming.apply(name).ifPresent(known -> fields.add(known, value)),
                        StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw new InvalidInputException("the query is not percent-encoded UTF-8");
            }
        }
        return new Parameters(fields);
    }

    /**
     * Refuses what has no meaning here.
     *
     * @throws InvalidInputException if there are others than these, or one comes twice
     */
    public Parameters allow(Set<String> names) {
        return allow(names, Optional.empty());
    }

    /**
     * Likewise.
     *
     * @param repeated the one of these that may come more than once
     */
    Parameters allow(Set<String> names, Optional<String> repeated) {
        for (Fields.Field field : fields) {
            if (!names.contains(field.getName())) {
                throw new InvalidInputException("unknown query parameter \"" + field.getName() + "\": "
                        + (names.isEmpty() ? "there is none here" : "there is " + String.join(", ", names)));
            }
            if (field.hasMultipleValues() && !repeated.equals(Optional.of(field.getName()))) {
                throw new InvalidInputException("query parameter \"" + field.getName() + "\" is given more than once");
            }
        }
        return this;
    }

    /** The value of a parameter; empty if it is not there. */
    public Optional<String> get(String name) {
        return Optional.ofNullable(fields.getValue(name));
    }

    /** The last value of a parameter that is not empty; empty if there is none. */
    Optional<String> getLast(String name) {
        List<String> values = fields.getValuesOrEmpty(name);
        return values.stream().filter(value -> !value.isEmpty()).reduce((earlier, later) -> later);
    }

    /**
     * The text that a percent-encoded path stands for. A plus sign is a plus sign.
     *
     * @throws InvalidInputException if it is not percent-encoded UTF-8
     */
    public static String decodePath(String raw) {
        String asValue = "=" + raw.replace("+", "%2B").replace("&", "%26");
        StringBuilder text = new StringBuilder();
        try {
            // Jetty's decoder of single texts takes what is no UTF-8; that of a query's values does not.
            UrlEncoded.decodeTo(asValue, (name, value) -> text.append(value), StandardCharsets.UTF_8);
            return text.toString();
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("the topic in the path is not percent-encoded UTF-8");
        }
    }
}
