package relay.engine.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** What the server does in one step: the file of the same name beside this class says how. */
enum Script {
    PERMIT,
    BEGIN,
    PUBLISH,
    BARRIER,
    PROBE,
    PAST,
    REMEMBER,
    ADD,
    FIND,
    CLAIM,
    UPDATE,
    RELEASE,
    RESTORE,
    REMOVE,
    REVOKE,
    OF;

    private final String text;
    private final String digest;

    Script() {
        String file = name().toLowerCase(Locale.ROOT) + ".lua";
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + file);
            }
            byte[] bytes = in.readAllBytes();
            text = Bytes.text(bytes);
            digest = digest(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the server calls a script. */
    static String digest(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(Bytes.of(text)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    String text() {
        return text;
    }

    /** What the server calls it once it has seen it. */
    String digest() {
        return digest;
    }
}
