package relay.testing;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A backend that publishes one message after the other on one connection, with little effort. */
public final class RawPublisher implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final Pattern CONTENT_LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");
    private static final Pattern ANSWER = Pattern.compile("\\{\"id\":\"[0-9a-f]{16}-(\\d+)\",\"queued\":(\\d+).*}");

    private final Socket socket;
    private final DataInputStream in;

    /** What the relay said of a message. */
    public record Accepted(long sequence, int queued) {}

    public RawPublisher(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /** Sends a body to {@code /publish} and waits for the answer; fails unless the message was accepted. */
    public Accepted publish(String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        String head = "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length + "\r\n\r\n";
        byte[] request = new byte[head.length() + body.length];
        System.arraycopy(head.getBytes(StandardCharsets.US_ASCII), 0, request, 0, head.length());
        System.arraycopy(body, 0, request, head.length(), body.length);
        socket.getOutputStream().write(request);
        return readAnswer();
    }

    private Accepted readAnswer() throws IOException {
        String status = readLine();
        int length = 0;
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            Matcher header = CONTENT_LENGTH.matcher(line);
            if (header.matches()) {
                length = Integer.parseInt(header.group(1));
            }
        }
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        Matcher answer = ANSWER.matcher(body);
        if (!status.startsWith("HTTP/1.1 200 ") || !answer.matches()) {
            throw new AssertionError("not published: " + status + " " + body);
        }
        return new Accepted(Long.parseLong(answer.group(1)), Integer.parseInt(answer.group(2)));
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.readUnsignedByte(); b != '\n'; b = in.readUnsignedByte()) {
            line.append((char) b);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
