package relay.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * One file of the page, with an ETag that is made of its content. Jetty's own would be made of name, time and length, and
 * in a reproducible build all files are of the same time. Immutable.
 */
final class PageFile {
    private static final int ETAG_DIGITS = 32;

    /** RFC 9110 §8.8.3, beside the W/ of a weak one: no tag has a quote within. */
    private static final Pattern ENTITY_TAG = Pattern.compile("\"[^\"]*\"");

    private final byte[] content;
    private final String contentType;
    private final String etag;

    private PageFile(byte[] content, String contentType) {
        this.content = content;
        this.contentType = contentType;
        this.etag = '"' + hash(content).substring(0, ETAG_DIGITS) + '"';
    }

    /**
     * Reads a file that lies beside this class.
     *
     * @throws IllegalStateException if it does not
     */
    static PageFile load(String name) {
        try (InputStream file = PageFile.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("the relay was built without " + name + " of its console");
            }
            return new PageFile(file.readAllBytes(), contentType(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ByteBuffer content() {
        return ByteBuffer.wrap(content).asReadOnlyBuffer();
    }

    int length() {
        return content.length;
    }

    String contentType() {
        return contentType;
    }

    /** A strong one (RFC 9110 §8.8.3), in its quotes. */
    String etag() {
        return etag;
    }

    /** Whether {@code If-None-Match} names this file: its tags are compared weakly (RFC 9110 §13.1.2). */
    boolean isNamedIn(String ifNoneMatch) {
        return ifNoneMatch.strip().equals("*")
                || ENTITY_TAG
                        .matcher(ifNoneMatch)
                        .results()
                        .anyMatch(tag -> tag.group().equals(etag));
    }

    private static String contentType(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml; charset=utf-8";
            default -> throw new IllegalStateException("no Content-Type is known for " + name);
        };
    }

    private static String hash(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
