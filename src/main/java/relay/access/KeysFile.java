package relay.access;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;

/**
 * The API keys in a file, read again when it has changed: looked at once a second at most, when somebody presents a key.
 * For any thread.
 *
 * <p>A file that has gone or become wrong changes nothing but the log: the keys that were good stay so.
 */
final class KeysFile {
    private static final Logger LOG = LoggerFactory.getLogger(KeysFile.class);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_BYTES = 1 << 20;

    private final Path file;
    private final LongSupplier nanos;
    private volatile ApiKeys keys;
    private volatile long lookedAtNanos;
    private @Nullable State state;

    /** What tells one content from another; a file that was put in another's place has another identity. */
    private record State(FileTime modified, long bytes, String identity) {}

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
            this.state = look();
            this.keys = read();
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
        State before = state;
        try {
            state = look();
            if (!Objects.equals(state, before)) {
                keys = read();
                LOG.info("{} has changed: its keys are in force", file);
            }
        } catch (IOException e) {
            state = null;
            if (before != null) {
                LOG.warn("{} cannot be read: the keys that it had stay in force: {}", file, reason(e));
            }
        } catch (InvalidInputException e) {
            LOG.warn("{} is wrong: the keys that it had stay in force: {}", file, e.detail());
        }
    }

    private State look() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new State(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
    }

    private ApiKeys read() throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new InvalidInputException(file + " is too large: at most " + MAX_BYTES + " bytes of keys");
        }
        try {
            return ApiKeys.parse(Files.readString(file));
        } catch (InvalidInputException e) {
            throw new InvalidInputException(file + ": " + e.detail());
        }
    }

    private static String reason(IOException e) {
        return e instanceof CharacterCodingException ? "it is not text in UTF-8" : e.toString();
    }
}
