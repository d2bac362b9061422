package relay.bench;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A keep-alive connection for requests, one at a time, which the caller writes as bytes. Both directions block; reading has
 * a timeout. One thread at a time; {@link #close} is for any.
 */
final class HttpConnection implements Closeable {
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final int LARGEST_ANSWER = 1 << 20;
    private static final int STATUS_AT = "HTTP/1.1 ".length();
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length:[ \t]*(\\d{1,7})[ \t]*\r\n");
    private static final Pattern CLOSE = Pattern.compile("(?i)\r\nConnection:[ \t]*close[ \t]*\r\n");

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private byte[] answer = new byte[2048];

    /**
     * The answer to a request.
     *
     * @param last whether the relay closes the connection after it
     */
    record Answer(int status, String body, boolean last) {
        boolean isOk() {
            return status == 200;
        }

        @Override
        public String toString() {
            return body.isEmpty() ? String.valueOf(status) : status + " " + body;
        }
    }

    private HttpConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    static HttpConnection open(Target target) throws IOException {
        return new HttpConnection(target.connect(TIMEOUT_MILLIS));
    }

    /** Writes a whole request, or a piece of one. */
    void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
    }

    /** Waits for the answer to the request that was written. */
    Answer read() throws IOException {
        int filled = 0;
        int headEnd = -1;
        while (headEnd < 0) {
            int seen = filled;
            filled += readMore(filled);
            headEnd = endOfHead(Math.max(0, seen - 3), filled);
        }
        String head = new String(answer, 0, headEnd, StandardCharsets.ISO_8859_1);
        int length = length(head);
        while (filled < headEnd + length) {
            filled += readMore(filled);
        }
        String body = new String(answer, headEnd, length, StandardCharsets.UTF_8);
        return new Answer(status(head), body, CLOSE.matcher(head).find());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private int readMore(int filled) throws IOException {
        if (filled == LARGEST_ANSWER) {
            throw new ProtocolException("an answer is larger than " + LARGEST_ANSWER + " bytes");
        }
        if (filled == answer.length) {
            answer = Arrays.copyOf(answer, filled * 2);
        }
        int read = in.read(answer, filled, answer.length - filled);
        if (read < 0) {
            throw new EOFException("the relay ended a connection instead of answering");
        }
        return read;
    }

    private int endOfHead(int from, int to) {
        for (int i = from; i + 3 < to; i++) {
            if (answer[i] == '\r' && answer[i + 1] == '\n' && answer[i + 2] == '\r' && answer[i + 3] == '\n') {
                return i + 4;
            }
        }
        return -1;
    }

    private static int status(String head) throws ProtocolException {
        try {
            return Integer.parseInt(head, STATUS_AT, STATUS_AT + 3, 10);
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw new ProtocolException("an answer is not HTTP");
        }
    }

    private static int length(String head) throws ProtocolException {
        Matcher matcher = LENGTH.matcher(head);
        if (!matcher.find()) {
            throw new ProtocolException("an answer has no Content-Length");
        }
        return Integer.parseInt(matcher.group(1));
    }
}
