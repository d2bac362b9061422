package relay.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import relay.message.Sha256;

/**
 * The bytes of a file, with an ETag made from them. Jetty would make the ETag from name, time and length, and in a reproducible
 * build all files have the same time. Immutable, for any thread.
 */
public final class StaticContent {
    private static final int ETAG_BYTES = 16;

    /** The opaque tag of RFC 9110 §8.8.3, without the W/ of a weak one. */
    private static final Pattern ENTITY_TAG = Pattern.compile("\"[^\"]*\"");

    private final byte[] bytes;
    private final String type;
    private final String etag;

    /**
     * Takes over an array.
     *
     * @param bytes must not be changed any more
     * @param type its Content-Type
     */
    StaticContent(byte[] bytes, String type) {
        this.bytes = bytes;
        this.type = type;
        this.etag = '"' + HexFormat.of().formatHex(Sha256.newDigest().digest(bytes), 0, ETAG_BYTES) + '"';
    }

    /**
     * Reads a resource; its Content-Type follows from its name.
     *
     * @param beside the class that the name is relative to
     * @throws IllegalStateException if there is no such resource
     */
    public static StaticContent load(Class<?> beside, String name) {
        try (InputStream file = beside.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("the relay was built without " + name + " beside " + beside.getName());
            }
            return new StaticContent(file.readAllBytes(), typeOf(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** In bytes. */
    public int length() {
        return bytes.length;
    }

    /** The Content-Type. */
    public String type() {
        return type;
    }

    /** A strong ETag (RFC 9110 §8.8.3), with its quotes. */
    public String etag() {
        return etag;
    }

    /**
     * Whether the client has this content already. Tags are compared weakly (RFC 9110 §13.1.2).
     *
     * @param ifNoneMatch the values of the header {@code If-None-Match}
     */
    public boolean matches(List<String> ifNoneMatch) {
        return ifNoneMatch.stream().anyMatch(this::matches);
    }

    private boolean matches(String tags) {
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
}
