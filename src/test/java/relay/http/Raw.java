package relay.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;

/** Requests that no decent client would send, written byte by byte. */
public final class Raw {
    private Raw() {}

    /** Sends bytes and reads the one answer to the end of the connection, which the request must ask for or cause. */
    public static Answer exchange(int port, byte[] request) {
        try (RawSocket socket = RawSocket.connect(port)) {
            return parse(socket.send(request).readAll());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Answer exchange(int port, String request) {
        return exchange(port, request.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a request line and headers (lines without their ends) as they are, then a body. */
    public static Answer exchange(int port, List<String> head, String body) {
        return exchange(port, String.join("\r\n", head) + "\r\nConnection: close\r\n\r\n" + body);
    }

    /** GETs a path as it is written here. */
    public static Answer get(int port, String path) {
        return exchange(port, List.of("GET " + path + " HTTP/1.1", "Host: localhost"), "");
    }

    /** POSTs a body to a path as it is written here. */
    public static Answer post(int port, String path, String contentType, byte[] body) {
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                        + body.length + "\r\n" + (contentType.isEmpty() ? "" : "Content-Type: " + contentType + "\r\n")
                        + "\r\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return exchange(port, request);
    }

    public static Answer post(int port, String path, String contentType, String body) {
        return post(port, path, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    /** The answer in all that came back. */
    public static Answer parse(String answer) {
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new AssertionError("no whole answer: \"" + answer + "\"");
        }
        List<String> lines = answer.substring(0, end).lines().toList();
        Map<String, String> headers = new HashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Answer(Integer.parseInt(lines.get(0).split(" ", 3)[1]), headers, answer.substring(end + 4));
    }
}
