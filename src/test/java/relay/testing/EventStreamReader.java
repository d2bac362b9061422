package relay.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Reads an event stream from a bare connection (HTTP/1.0, so that the stream is the rest of the connection). */
public final class EventStreamReader implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;
    private final String head;

    private EventStreamReader(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.head = readUntil("\r\n\r\n");
    }

    /** Opens a client's stream; no last event id if that is empty. */
    public static EventStreamReader open(int port, String idAndQuery, String lastEventId) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        String cursor = lastEventId.isEmpty() ? "" : "Last-Event-ID: " + lastEventId + "\r\n";
        String request = "GET /sse/" + idAndQuery + " HTTP/1.0\r\nHost: localhost\r\n" + cursor + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
        return new EventStreamReader(socket);
    }

    /** The status line and headers. */
    public String head() {
        return head;
    }

    /** The next event, without the empty line that ends it, or the next comment; without the time to wait that a stream says. */
    public String next() throws IOException {
        String event = "";
        String line = readUntil("\n");
        while (line.length() > 1) {
            if (event.isEmpty() && line.startsWith(":")) {
                return line;
            }
            event += line.startsWith("retry: ") ? "" : line;
            line = readUntil("\n");
        }
        return event;
    }

    /** Whether nothing more comes. */
    public boolean atEnd() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String readUntil(String end) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < end.length()) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("the stream ended after: " + read.toString(StandardCharsets.UTF_8));
            }
            read.write(b);
            matched = b == end.charAt(matched) ? matched + 1 : (b == end.charAt(0) ? 1 : 0);
        }
        return read.toString(StandardCharsets.UTF_8);
    }
}
