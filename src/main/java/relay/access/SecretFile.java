package relay.access;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Background;

/**
 * The file of a secret that signs something. A thread of its own reads it again, and whoever needs the secret uses what was read last. It
 * compares the content, since time and size may stay the same. For any thread.
 *
 * <p>If the file disappears, or holds something else, the old secret stays in force and a warning is logged once.
 */
public final class SecretFile<T> {
    private static final Logger LOG = LoggerFactory.getLogger(SecretFile.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final SettledFile file;
    private final Function<String, T> reader;
    private final String afterChange;
    private final Background background;
    private volatile T secret;
    private @Nullable String content;

    /**
     * Reads the file.
     *
     * @param name of the thread
     * @param flag that names the file
     * @param reader makes the secret of the file's text, or throws {@link InvalidInputException}; its message has nothing of the text
     * @param afterChange what the log says of another secret
     * @throws InvalidInputException if it cannot be read, or is no secret
     */
    public SecretFile(String name, String flag, SettledFile file, Function<String, T> reader, String afterChange) {
        this.file = file;
        this.reader = reader;
        this.afterChange = afterChange;
        this.background = new Background(name, this::refresh);
        try {
            this.content = file.text();
            this.secret = reader.apply(content);
        } catch (IOException e) {
            throw new InvalidInputException(flag + ": " + file + " cannot be read: " + e.getMessage());
        } catch (InvalidInputException e) {
            throw new InvalidInputException(flag + ": " + file + ": " + e.detail());
        }
    }

    /** The secret in force. */
    public T current() {
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
                secret = reader.apply(content);
                LOG.info("{} has changed: its secret {}", file, afterChange);
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
