package relay.http;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MimeTypes;

/**
 * The value of {@code Content-Type} (RFC 9110 §8.3).
 *
 * @param name type and subtype in lowercase; empty without the header
 * @param charset in lowercase
 */
record MediaType(String name, Optional<String> charset) {
    /** JSON lines go by several names; none is registered. */
    private static final Set<String> NDJSON = Set.of(
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/x-jsonl",
            "application/jsonlines",
            "application/x-jsonlines");

    static MediaType of(Optional<String> contentType) {
        // Jetty finds the charset parameter only in lowercase, and after spaces. Any case is allowed, and tabs count
        // as spaces (RFC 9110 §5.6.3, §5.6.6).
        String value = contentType.orElse("").toLowerCase(Locale.ROOT).replace('\t', ' ');
        int end = value.indexOf(';');
        return new MediaType(
                (end < 0 ? value : value.substring(0, end)).strip(),
                Optional.ofNullable(MimeTypes.getCharsetFromContentType(value)));
    }

    /** JSON under its current or an older name. A missing type counts as JSON. */
    boolean isJson() {
        return name.isEmpty() || name.equals("application/json") || name.equals("text/json") || name.endsWith("+json");
    }

    boolean isNdjson() {
        return NDJSON.contains(name);
    }

    /** @throws RefusedException (415) unless this is JSON in UTF-8 */
    void requireJson() {
        if (!isJson()) {
            throw new RefusedException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
                    "this path does not take \"" + name + "\": send Content-Type: application/json");
        }
        requireUtf8();
    }

    /** @throws RefusedException (415) if it names an encoding other than UTF-8 */
    void requireUtf8() {
        if (charset.isPresent()
                && !charset.get().equals("utf-8")
                && !charset.get().equals("us-ascii")) {
            throw new RefusedException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
                    "this path does not take charset \"" + charset.get() + "\": send UTF-8");
        }
    }
}
