package relay.hook;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import relay.message.InvalidInputException;

/** Reads the changes in a file. Used once, by one thread. */
final class ChangeReader {
    private static final int BUFFER = 1 << 16;

    private final ChangeText text;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long end;
    private long torn;
    private int damaged;

    ChangeReader(ChangeText text) {
        this.text = text;
    }

    /** Reads all of it, and closes it. What is behind the last end of a line was being written when the relay ended. */
    void read(InputStream source, Consumer<Change> target) throws IOException, ChangeText.NewerFormatException {
        byte[] buffer = new byte[BUFFER];
        try (source) {
            for (int count = source.read(buffer); count >= 0; count = source.read(buffer)) {
                read(buffer, count, target);
            }
        }
    }

    private void read(byte[] buffer, int count, Consumer<Change> target) throws ChangeText.NewerFormatException {
        for (int i = 0; i < count; i++) {
            torn++;
            if (buffer[i] == '\n') {
                readLine(target);
                line.reset();
                end += torn;
                torn = 0;
            } else if (torn <= ChangeText.MOST_LINE) {
                line.write(buffer[i]);
            }
        }
    }

    private void readLine(Consumer<Change> target) throws ChangeText.NewerFormatException {
        try {
            text.read(line.toByteArray()).ifPresent(target);
        } catch (InvalidInputException e) {
            damaged++;
        }
    }

    /** Where the last whole line ends. */
    long end() {
        return end;
    }

    /** How many bytes are behind that. */
    long torn() {
        return torn;
    }

    /** How many whole lines could not be read. */
    int damaged() {
        return damaged;
    }
}
