package relay.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An endpoint that events are posted to, and that answers as the test says. For any thread. */
public final class HookCatcher implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 20;

    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Caught> caught = new LinkedBlockingQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong endlessBytes = new AtomicLong();
    private volatile Answer answer;

    /** A request. The names of headers are in lower case. */
    public record Caught(String line, Map<String, String> headers, String text) {
        /** The body as it came. */
        public byte[] body() {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        /** The header {@code webhook-id}. */
        public String id() {
            return headers.get("webhook-id");
        }
    }

    /** What becomes of a connection after a request; it goes on unless this throws. */
    @FunctionalInterface
    public interface Answer {
        /** Writes the answer. */
        void writeTo(OutputStream out) throws IOException;
    }

    private HookCatcher(ServerSocket listening, Answer answer) {
        this.listening = listening;
        this.answer = answer;
        start("hook-catcher", this::accept);
    }

    /** One that takes everything. */
    public static HookCatcher start() {
        try {
            return new HookCatcher(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), status(204));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An answer without a body. */
    public static Answer status(int status, String... headers) {
        String text = "HTTP/1.1 " + status + " Anything\r\n"
                + Stream.of(headers).map(header -> header + "\r\n").collect(Collectors.joining())
                + (status == 204 ? "" : "Content-Length: 0\r\n") + "\r\n";
        return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** These bytes, and then the end of the connection. */
    public static Answer endingAfter(String text) {
        return out -> {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            throw new IOException("the test ends the connection");
        };
    }

    /** An answer that begins like this and goes on for as long as somebody reads it. */
    public Answer endless(String start, String part) {
        byte[] bytes = part.repeat(1 + 8192 / part.length()).getBytes(StandardCharsets.UTF_8);
        return out -> {
            out.write(start.getBytes(StandardCharsets.UTF_8));
            while (!Thread.currentThread().isInterrupted()) {
                out.write(bytes);
                endlessBytes.addAndGet(bytes.length);
            }
        };
    }

    /** Answers like this from now on. */
    public HookCatcher answering(Answer next) {
        answer = next;
        return this;
    }

    /** Where to post. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/events");
    }

    /** The next request, waiting for it. */
    public Caught take() {
        try {
            Caught next = caught.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("nothing was posted");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** How many requests there are that nobody has taken. */
    public int left() {
        return caught.size();
    }

    /** How many connections there were. */
    public int connections() {
        return connections.get();
    }

    /** How many connections are open. */
    public int open() {
        return open.size();
    }

    /** How many bytes of endless answers were written. */
    public long endlessBytes() {
        return endlessBytes.get();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                connections.incrementAndGet();
                open.add(socket);
                start("hook-catcher-connection", () -> serve(socket));
            } catch (IOException e) {
                // The test is over.
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                Map<String, String> headers = new TreeMap<>();
                for (String header = line(in); !header.isEmpty(); header = line(in)) {
                    String[] parts = header.split(": *", 2);
                    headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
                }
                byte[] body = in.readNBytes(Integer.parseInt(headers.get("content-length")));
                caught.add(new Caught(line, headers, new String(body, StandardCharsets.UTF_8)));
                OutputStream out = socket.getOutputStream();
                answer.writeTo(out);
                out.flush();
            }
        } catch (IOException e) {
            // The peer has hung up, or the answer is to end the connection.
        } finally {
            open.remove(socket);
        }
    }

    /** A line without its end; empty at the end of the connection too. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
