package relay.hook;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.access.SettledFile;
import relay.message.InvalidInputException;
import relay.schedule.Background;

/**
 * The file of the secret that signs what is posted. A thread of its own reads it again, and the next attempt uses what was read last. For
 * any thread.
 *
 * <p>If the file disappears, or holds something else, the old secret stays in force and a warning is logged once.
 */
public final class HookSecretFile {
    private static final Logger LOG = LoggerFactory.getLogger(HookSecretFile.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** Larger files are something else. */
    private static final int MOST_BYTES = 1024;

    private final SettledFile file;
    private final Background background = new Background("hook-secret-file", this::refresh);
    private volatile HookSecret secret;
    private @Nullable String content;

    /**
     * Reads the file.
     *
     * @param flag that names it
     * @throws InvalidInputException if it cannot be read, or holds no secret
     */
    public HookSecretFile(String flag, Path path) {
        this.file = SettledFile.ofText(path, MOST_BYTES);
        try {
            this.content = file.text();
            this.secret = HookSecret.of(content);
        } catch (IOException e) {
            throw new InvalidInputException(flag + ": " + file + " cannot be read: " + e.getMessage());
        } catch (InvalidInputException e) {
            throw new InvalidInputException(flag + ": " + file + ": " + e.detail());
        }
    }

    /** The secret in force. */
    public HookSecret current() {
        return secret;
    }

    /** Reads the file while it is started. */
    public Background background() {
        return background;
    }

    private Duration refresh() {
        @Nullable String before = content;
        file.look();
        try {
            content = file.text();
            if (!content.equals(before)) {
                secret = HookSecret.of(content);
                LOG.info("{} has changed: its secret signs the events from now on", file);
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
