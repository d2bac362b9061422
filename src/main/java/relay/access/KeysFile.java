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
 * The API keys in a file. A thread of its own reads it once a second; others use the keys that it read last. It compares the
 * content, since time and size may stay the same. For any thread.
 *
 * <p>If the file disappears, or becomes malformed or empty, the old keys stay in force and a warning is logged. A file that is
 * meant to have no keys has a comment instead, which no program leaves behind while it is still writing keys.
 */
final class KeysFile {
    private static final Logger LOG = LoggerFactory.getLogger(KeysFile.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int MAX_BYTES = 1 << 20;

    private final SettledFile file;
    private final Background background = new Background("api-keys-file", this::refresh);
    private volatile ApiKeys keys;
    private @Nullable String text;

    /**
     * Reads the file.
     *
     * @throws InvalidInputException if it cannot be read, or has a malformed key
     */
    KeysFile(Path path) {
        this.file = SettledFile.ofText(path, MAX_BYTES);
        try {
            String content = file.text();
            this.keys = parse(content);
            this.text = content;
            warnIfNone();
        } catch (IOException e) {
            throw new InvalidInputException("--api-keys-file: " + file + " cannot be read: " + e.getMessage());
        }
    }

    ApiKeys current() {
        return keys;
    }

    /** Reads the file while it is started. */
    Background background() {
        return background;
    }

    private Duration refresh() {
        @Nullable String before = text;
        file.look();
        try {
            text = file.text();
            if (!text.equals(before)) {
                take(text);
            }
        } catch (IOException e) {
            text = null;
            if (before != null) {
                LOG.warn("{} cannot be read: the keys that it had stay in force: {}", file, e.getMessage());
            }
        } catch (InvalidInputException e) {
            LOG.warn("{} is wrong: the keys that it had stay in force: {}", file, e.detail());
        }
        return file.pause(INTERVAL);
    }

    private void take(String content) {
        if (content.isBlank() && !keys.isEmpty()) {
            LOG.warn("{} is empty: the keys that it had stay in force (to let nobody in, write a comment: #)", file);
            return;
        }
        keys = parse(content);
        LOG.info("{} has changed: its keys are in force", file);
        warnIfNone();
    }

    private void warnIfNone() {
        if (keys.isEmpty()) {
            LOG.warn("{} has no key: it lets nobody in", file);
        }
    }

    private ApiKeys parse(String content) {
        try {
            return ApiKeys.parse(content);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(file + ": " + e.detail());
        }
    }
}
