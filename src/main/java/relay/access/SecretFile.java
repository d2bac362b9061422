package relay.access;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Background;

/**
 * The file of the secret that signs tokens. A thread of its own reads it again, and requests use what was read last. It compares
 * the content, since time and size may stay the same. For any thread.
 *
 * <p>If the file disappears, or becomes too short or another kind of key, the old secret stays in force and a warning is logged
 * once.
 */
final class SecretFile {
    private static final Logger LOG = LoggerFactory.getLogger(SecretFile.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final SettledFile file;
    private final Background background = new Background("jwt-secret-file", this::refresh);
    private volatile HmacSecret secret;
    private @Nullable String content;

    /**
     * Reads the file.
     *
     * @throws InvalidInputException if it cannot be read, or is no secret
     */
    SecretFile(Path path) {
        this.file = SettledFile.ofBytes(path, HmacSecret.MOST_BYTES);
        try {
            this.content = file.text();
            this.secret = HmacSecret.inFile(content);
        } catch (IOException e) {
            throw new InvalidInputException("--jwt-secret-file: " + file + " cannot be read: " + e.getMessage());
        } catch (InvalidInputException e) {
            throw new InvalidInputException("--jwt-secret-file: " + file + ": " + e.detail());
        }
    }

    HmacSecret current() {
        return secret;
    }

    /** Reads the file while it is started. */
    Background background() {
        return background;
    }

    private Duration refresh() {
        @Nullable String before = content;
        file.look();
        try {
            content = file.text();
            if (!content.equals(before)) {
                secret = HmacSecret.inFile(content);
                LOG.info(
                        "{} has changed: its secret is in force, and tokens that another has signed are refused", file);
            }
        } catch (IOException e) {
            content = null;
            if (before != null) {
                LOG.warn("{} cannot be read: the secret that it had stays in force: {}", file, e.getMessage());
            }
        } catch (InvalidInputException e) {
            LOG.warn("{} is wrong: the secret that it had stays in force: {}", file, e.detail());
        }
        return file.pause(INTERVAL);
    }
}
