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
        int begin = 0;
        for (int i = 0; i < count; i++) {
            if (buffer[i] == '\n') {
                keep(buffer, begin, i);
                readLine(target);
                line.reset();
                end += torn + 1;
                torn = 0;
                begin = i + 1;
            }
        }
        keep(buffer, begin, count);
    }

    /** Of a line that is too long the beginning does: it is no line. */
    private void keep(byte[] buffer, int from, int to) {
        torn += to - from;
        line.write(buffer, from, Math.min(to - from, ChangeText.MOST_LINE - line.size()));
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
