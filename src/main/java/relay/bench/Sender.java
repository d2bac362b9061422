package relay.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends a publisher's messages to the relay. For one thread at a time; {@link #close} is for any, and ends a call that blocks. */
interface Sender extends Closeable {
    /**
     * Sends a message.
     *
     * @return why the relay did not take it; empty: it did, or reports it in {@link #finish}
     * @throws IOException if it is not known whether it did
     */
    Optional<String> send(int topic, int counter, long due) throws IOException;

    /** Whether {@link #send} waits for the relay's answer. */
    boolean answersEach();

    /** Writes what is still buffered. */
    default void flush() throws IOException {}

    /** Ends the sending. Returns how many messages the relay did not take, beyond those that {@link #send} reported. */
    default long finish() throws IOException {
        return 0;
    }

    /** How many requests were sent again because there was no answer. To be read when its thread has ended. */
    default long repeated() {
        return 0;
    }

    /** Sends each message as a request of its own, and waits for the answer. */
    final class Requests implements Sender {
        private static final int UNAVAILABLE = 503;

        private final Target target;
        private final MessageTemplate[] templates;

        /** Written by the publisher, read by any thread that closes. */
        private volatile @Nullable HttpConnection http;

        private boolean unavailable;

        /** @param templates a request for each topic */
        Requests(Target target, MessageTemplate[] templates) {
            this.target = target;
            this.templates = templates;
        }

        /** Whether the last refusal said so. */
        boolean mayTakeItLater() {
            return unavailable;
        }

        @Override
        public Optional<String> send(int topic, int counter, long due) throws IOException {
            try {
                return attempt(topic, counter, due);
            } catch (IOException e) {
                close();
                http = null;
                throw e;
            }
        }

        private Optional<String> attempt(int topic, int counter, long due) throws IOException {
            HttpConnection connection = http;
            if (connection == null) {
                connection = HttpConnection.open(target);
                http = connection;
            }
            byte[] request = templates[topic].stamped(counter, due);
            connection.write(request, 0, request.length);
            HttpConnection.Answer answer = connection.read();
            if (answer.last()) {
                connection.close();
                http = null;
            }
            unavailable = answer.status() == UNAVAILABLE;
            return answer.isOk() ? Optional.empty() : Optional.of("POST /publish was answered with " + answer);
        }

        @Override
        public boolean answersEach() {
            return true;
        }

        @Override
        public void close() throws IOException {
            HttpConnection connection = http;
            if (connection != null) {
                connection.close();
            }
        }
    }

    /** Sends all messages as lines of one NDJSON request, in chunks. The relay reports at the end how many it rejected. */
    final class Lines implements Sender {
        /** The size of a chunk, unless one message is larger. */
        private static final int CHUNK_BYTES = 16 << 10;

        private static final byte[] LINE_END = {'\r', '\n'};
        private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        private static final Pattern REJECTED = Pattern.compile("\"rejected\":(\\d{1,18})");

        private final HttpConnection http;
        private final MessageTemplate[] templates;
        private final byte[] chunk = new byte[CHUNK_BYTES];
        private int filled;

        /** Begins the request; the templates are a line for each topic. */
        Lines(Target target, MessageTemplate[] templates) throws IOException {
            this.http = HttpConnection.open(target);
            this.templates = templates;
            byte[] head = (target.requestHead("POST", "/publish")
                            + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            http.write(head, 0, head.length);
        }

        @Override
        public Optional<String> send(int topic, int counter, long due) throws IOException {
            byte[] line = templates[topic].stamped(counter, due);
            if (filled + line.length > chunk.length) {
                flush();
            }
            if (line.length > chunk.length) {
                writeChunk(line, line.length);
            } else {
                System.arraycopy(line, 0, chunk, filled, line.length);
                filled += line.length;
            }
            return Optional.empty();
        }

        @Override
        public boolean answersEach() {
            return false;
        }

        @Override
        public void flush() throws IOException {
            if (filled > 0) {
                writeChunk(chunk, filled);
                filled = 0;
            }
        }

        @Override
        public long finish() throws IOException {
            flush();
            http.write(LAST_CHUNK, 0, LAST_CHUNK.length);
            HttpConnection.Answer answer = http.read();
            Matcher rejected = REJECTED.matcher(answer.body());
            if (!answer.isOk() || !rejected.find()) {
                throw new IOException("POST /publish was answered with " + answer);
            }
            return Long.parseLong(rejected.group(1));
        }

        @Override
        public void close() throws IOException {
            http.close();
        }

        private void writeChunk(byte[] bytes, int length) throws IOException {
            byte[] size = (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            http.write(size, 0, size.length);
            http.write(bytes, 0, length);
            http.write(LINE_END, 0, LINE_END.length);
        }
    }
}
