package relay.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Background;

/**
 * The API keys in a file, read again when it has changed: a thread of its own looks at it once a second, and whoever
 * presents a key is compared with those that are known. What the file holds is compared, for a time and a size may stay the
 * same. For any thread.
 *
 * <p>A file that has gone or become wrong changes nothing but the log: the keys that were good stay so.
 */
final class KeysFile {
    private static final Logger LOG = LoggerFactory.getLogger(KeysFile.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;
    private final Background background = new Background("api-keys-file", this::refresh);
    private volatile ApiKeys keys;
    private @Nullable String text;

    /**
     * Reads the file.
     *
     * @throws InvalidInputException if it cannot be read, or has a key that is written wrong
     */
    KeysFile(Path file) {
        this.file = file;
        try {
            String content = read();
            this.keys = parse(content);
            this.text = content;
        } catch (IOException e) {
            throw new InvalidInputException("--api-keys-file: " + file + " cannot be read: " + reason(e));
        }
    }

    ApiKeys current() {
        return keys;
    }

    /** What reads the file while it is started. */
    Background background() {
        return background;
    }

    private Duration refresh() {
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
        return INTERVAL;
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
