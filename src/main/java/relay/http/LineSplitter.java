package relay.http;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Splits a stream of bytes into lines, each passed on as soon as it is complete. For one thread at a time. */
final class LineSplitter {
    private static final int USUAL_BYTES = 512;
    private static final int MOST_KEPT_BYTES = 8 << 10;

    /** Eight line feeds, and the highest bit of each of eight bytes. */
    private static final long LINE_FEEDS = 0x0A0A_0A0A_0A0A_0A0AL;

    private static final long SIGNS = 0x8080_8080_8080_8080L;

    private final int maxBytes;
    private final Lines lines;
    private final Errors errors;

    /** The current line, as far as it has come: it is not large from one line to the next. */
    private ByteBuffer line = ByteBuffer.allocate(USUAL_BYTES);

    /** Why the current line is skipped; null if it is not. */
    private @Nullable String skippedFor;

    private long number = 1;

    /** Gets the lines that are not blank. */
    @FunctionalInterface
    interface Lines {
        /**
         * Takes one line.
         *
         * @param number from 1
         * @param line its bytes, backed by an array, valid only during the call
         */
        void line(long number, ByteBuffer line);
    }

    /** Gets the lines that are too long or were skipped. */
    @FunctionalInterface
    interface Errors {
        void error(long number, String detail);
    }

    LineSplitter(int maxBytes, Lines lines, Errors errors) {
        this.maxBytes = maxBytes;
        this.lines = lines;
        this.errors = errors;
    }

    /** Takes the next bytes of the stream. */
    void accept(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            int end = endOfLine(bytes);
            boolean whole = end < bytes.limit();
            gather(bytes, end - bytes.position());
            if (whole) {
                bytes.position(end + 1);
                lineIsWhole();
            }
        }
    }

    /** The stream has ended: what follows the last line break is a line too. */
    void end() {
        lineIsWhole();
    }

    /** The number of the current line. */
    long number() {
        return number;
    }

    /** How many bytes of the current line it holds. */
    int heldBytes() {
        return line.position();
    }

    /** Drops the current line, also the part that has not arrived yet. */
    void skip(String reason) {
        skippedFor = reason;
        line = ByteBuffer.allocate(USUAL_BYTES);
    }

    private String tooLong() {
        return "the line is too long: it takes at most " + maxBytes + " bytes";
    }

    private void gather(ByteBuffer bytes, int count) {
        if (skippedFor == null && line.position() + count > maxBytes) {
            skip(tooLong());
        }
        if (skippedFor != null) {
            bytes.position(bytes.position() + count);
            return;
        }
        if (count > line.remaining()) {
            int capacity = Math.max(line.position() + count, Math.min(2 * line.capacity(), maxBytes));
            line = ByteBuffer.allocate(capacity).put(line.flip());
        }
        bytes.get(line.array(), line.position(), count);
        line.position(line.position() + count);
    }

    private void lineIsWhole() {
        if (skippedFor != null) {
            errors.error(number, skippedFor);
        } else if (!isBlank(line.flip())) {
            lines.line(number, line);
        }
        if (line.capacity() > MOST_KEPT_BYTES) {
            line = ByteBuffer.allocate(USUAL_BYTES);
        }
        line.clear();
        skippedFor = null;
        number++;
    }

    /** Looks at eight bytes at a time. */
    private static int endOfLine(ByteBuffer bytes) {
        int i = bytes.position();
        for (; i <= bytes.limit() - Long.BYTES; i += Long.BYTES) {
            // A byte of these is 0 where there is a line feed, and the highest bit of found is set there only.
            long zeros = bytes.getLong(i) ^ LINE_FEEDS;
            long found = ~(((zeros & ~SIGNS) + ~SIGNS) | zeros) & SIGNS;
            if (found != 0) {
                int before = bytes.order() == ByteOrder.BIG_ENDIAN
                        ? Long.numberOfLeadingZeros(found)
                        : Long.numberOfTrailingZeros(found);
                return i + before / Byte.SIZE;
            }
        }
        while (i < bytes.limit() && bytes.get(i) != '\n') {
            i++;
        }
        return i;
    }

    private static boolean isBlank(ByteBuffer line) {
        for (int i = line.position(); i < line.limit(); i++) {
            if (line.get(i) != ' ' && line.get(i) != '\t' && line.get(i) != '\r') {
                return false;
            }
        }
        return true;
    }
}
