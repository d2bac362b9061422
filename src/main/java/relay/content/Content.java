package relay.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a file holds, with an ETag that is made of it. Jetty's own would be made of name, time and length, and in a
 * reproducible build all files are of the same time. Immutable, for any thread.
 */
public final class Content {
    private static final int ETAG_BYTES = 16;

    /** RFC 9110 §8.8.3, beside the W/ of a weak one: no tag has a quote within. */
    private static final Pattern ENTITY_TAG = Pattern.compile("\"[^\"]*\"");

    private final byte[] bytes;
    private final String type;
    private final String etag;

    /**
     * Takes over what it is given.
     *
     * @param bytes from now on this object's own
     * @param type its Content-Type
     */
    public Content(byte[] bytes, String type) {
        this.bytes = bytes;
        this.type = type;
        this.etag = '"' + HexFormat.of().formatHex(sha256(bytes), 0, ETAG_BYTES) + '"';
    }

    /**
     * Reads a file that lies beside a class, and takes its type from its name.
     *
     * @throws IllegalStateException if it does not lie there
     */
    public static Content load(Class<?> beside, String name) {
        try (InputStream file = beside.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("the relay was built without " + name + " beside " + beside.getName());
            }
            return new Content(file.readAllBytes(), typeOf(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** How many bytes it has. */
    public int length() {
        return bytes.length;
    }

    /** Its Content-Type. */
    public String type() {
        return type;
    }

    /** A strong one (RFC 9110 §8.8.3), in its quotes. */
    public String etag() {
        return etag;
    }

    /**
     * Whether a caller has it already: tags are compared weakly (RFC 9110 §13.1.2).
     *
     * @param ifNoneMatch the values of the request's {@code If-None-Match}
     */
    public boolean isNamedIn(List<String> ifNoneMatch) {
        return ifNoneMatch.stream().anyMatch(this::isNamedIn);
    }

    private boolean isNamedIn(String tags) {
        return tags.strip().equals("*")
                || ENTITY_TAG
                        .matcher(tags)
                        .results()
                        .anyMatch(tag -> tag.group().equals(etag));
    }

    private static String typeOf(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml; charset=utf-8";
            case "json" -> "application/json";
            default -> throw new IllegalStateException("no Content-Type is known for " + name);
        };
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
