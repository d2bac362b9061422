package relay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Event streams of everything that is published, and what else is read of a relay, for {@link TrainCommand}. For one thread. */
final class TrainReaders implements AutoCloseable {
    private static final int EVENT_STREAMS = 4;
    private static final List<String> ASKED =
            List.of("/", "/health", "/ready", "/metrics", "/clients", "/topics", "/topics/*/messages", "/relay.js");

    private final int port;
    private final List<Socket> sockets = new ArrayList<>();

    private TrainReaders(int port) {
        this.port = port;
    }

    /** Opens the event streams of a relay on this machine. Each is read by a thread of its own, until either side ends it. */
    static TrainReaders open(int port) throws IOException {
        TrainReaders readers = new TrainReaders(port);
        for (int i = 0; i < EVENT_STREAMS; i++) {
            Socket socket = readers.get("/sse?topic=*");
            readers.sockets.add(socket);
            Thread reader = new Thread(() -> discard(socket), "train-reader");
            reader.setDaemon(true);
            reader.start();
        }
        return readers;
    }

    /** Reads each of what is there for operators and pages, once. */
    void askOnce() throws IOException {
        for (String path : ASKED) {
            try (Socket socket = get(path)) {
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private Socket get(String path) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                        .getBytes(US_ASCII));
        return socket;
    }

    private static void discard(Socket socket) {
        try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // Closed, or too slow for what was published: nothing is counted here.
        }
    }
}
