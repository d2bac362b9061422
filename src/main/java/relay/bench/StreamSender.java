package relay.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends all messages as lines of one NDJSON request, in chunks. The relay reports at the end how many it rejected. */
final class StreamSender implements Sender {
    /** The size of a chunk, unless one message is larger. */
    private static final int CHUNK_BYTES = 16 << 10;

    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern REJECTED = Pattern.compile("\"rejected\":(\\d{1,18})");

    private final HttpConnection http;
    private final MessageTemplate[] templates;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private int filled;

    private StreamSender(HttpConnection http, MessageTemplate[] templates) {
        this.http = http;
        this.templates = templates;
    }

    /** Begins the request; the templates are a line for each topic. */
    static StreamSender open(Target target, MessageTemplate[] templates) throws IOException {
        HttpConnection http = HttpConnection.open(target);
        byte[] head = (target.requestHead("POST", "/publish")
                        + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        http.write(head, 0, head.length);
        return new StreamSender(http, templates);
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
