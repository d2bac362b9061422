package relay.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;

/**
 * The API keys in a file, read again when it has changed: looked at once a second at most, when somebody presents a key.
 * What it holds is compared, for a time and a size may stay the same. For any thread.
 *
 * <p>A file that has gone or become wrong changes nothing but the log: the keys that were good stay so.
 */
final class KeysFile {
    private static final Logger LOG = LoggerFactory.getLogger(KeysFile.class);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;
    private final LongSupplier nanos;
    private volatile ApiKeys keys;
    private volatile long lookedAtNanos;
    private @Nullable String text;

    /**
     * Reads the file.
     *
     * @param nanos a clock that only runs on
     * @throws InvalidInputException if it cannot be read, or has a key that is written wrong
     */
    KeysFile(Path file, LongSupplier nanos) {
        this.file = file;
        this.nanos = nanos;
        this.lookedAtNanos = nanos.getAsLong();
        try {
            String content = read();
            this.keys = parse(content);
            this.text = content;
        } catch (IOException e) {
            throw new InvalidInputException("--api-keys-file: " + file + " cannot be read: " + reason(e));
        }
    }

    ApiKeys current() {
        long now = nanos.getAsLong();
        if (now - lookedAtNanos >= LOOK_AGAIN_NANOS) {
            refresh(now);
        }
        return keys;
    }

    private synchronized void refresh(long now) {
        if (now - lookedAtNanos < LOOK_AGAIN_NANOS) {
            return;
        }
        lookedAtNanos = now;
        @Nullable String before = text;
        try {
            text = read();
            if (!text.equals(before)) {
                keys = parse(text);
                LOG.info("{} has changed: its keys are in force", file);
            }
        } catch (IOException e) {
            text = null;
            if (before != null) {
                LOG.warn("{} cannot be read: the keys that it had stay in force: {}", file, reason(e));
            }
        } catch (InvalidInputException e) {
            LOG.warn("{} is wrong: the keys that it had stay in force: {}", file, e.detail());
        }
    }

    private String read() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it is too large: at most " + MAX_BYTES + " bytes of keys");
            }
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        }
    }

    private ApiKeys parse(String content) {
        try {
            return ApiKeys.parse(content);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(file + ": " + e.detail());
        }
    }

    private static String reason(IOException e) {
        if (e instanceof CharacterCodingException) {
            return "it is not text in UTF-8";
        }
        return e instanceof FileSystemException ? e.toString() : String.valueOf(e.getMessage());
    }
}
