package relay.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Splits a stream of bytes into lines, each passed on as soon as it is complete. For one thread at a time. */
final class LineSplitter {
    private final int maxBytes;
    private final Lines lines;
    private final Errors errors;
    private ByteArrayOutputStream begun = new ByteArrayOutputStream();

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
         * @param line its bytes, valid only during the call
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
            ByteBuffer part = bytes.slice(bytes.position(), end - bytes.position());
            bytes.position(whole ? end + 1 : end);
            if (whole && begun.size() == 0 && skippedFor == null) {
                lineIsWhole(part);
            } else {
                gather(part);
                if (whole) {
                    lineIsWhole(ByteBuffer.wrap(begun.toByteArray()));
                }
            }
        }
    }

    /** The stream has ended: what follows the last line break is a line too. */
    void end() {
        lineIsWhole(ByteBuffer.wrap(begun.toByteArray()));
    }

    /** The number of the current line. */
    long number() {
        return number;
    }

    /** How many bytes of the current line it holds. */
    int heldBytes() {
        return begun.size();
    }

    /** Drops the current line, also the part that has not arrived yet. */
    void skip(String reason) {
        skippedFor = reason;
        begun = new ByteArrayOutputStream();
    }

    private String tooLong() {
        return "the line is too long: it takes at most " + maxBytes + " bytes";
    }

    private void gather(ByteBuffer part) {
        if (skippedFor != null) {
            return;
        }
        if (begun.size() + part.remaining() > maxBytes) {
            skip(tooLong());
            return;
        }
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        begun.writeBytes(bytes);
    }

    private void lineIsWhole(ByteBuffer line) {
        if (skippedFor != null) {
            errors.error(number, skippedFor);
        } else if (line.remaining() > maxBytes) {
            errors.error(number, tooLong());
        } else if (!isBlank(line)) {
            lines.line(number, line);
        }
        begun.reset();
        skippedFor = null;
        number++;
    }

    private static int endOfLine(ByteBuffer bytes) {
        int i = bytes.position();
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
