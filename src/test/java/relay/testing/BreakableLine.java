package relay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** A way for TCP connections to a port, which a test can cut. For any thread. */
public final class BreakableLine implements AutoCloseable {
    private final ServerSocket listener;
    private final int target;
    private final Set<Connection> whole = ConcurrentHashMap.newKeySet();
    private final Set<Connection> cutUnnoticed = ConcurrentHashMap.newKeySet();
    private final LongAdder carried = new LongAdder();
    private boolean broken;

    private record Connection(Socket client, Socket server) {}

    private BreakableLine(ServerSocket listener, int target) {
        this.listener = listener;
        this.target = target;
    }

    /** Lays a line to a port of the loopback address. */
    public static BreakableLine to(int port) {
        try {
            BreakableLine line = new BreakableLine(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), port);
            inBackground(line::acceptAll);
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same URL, but along this line. */
    public String along(String url) {
        return url.replace(":" + target + "/", ":" + listener.getLocalPort() + "/");
    }

    /** Ends what goes along it at both ends, and whatever comes until it is mended. */
    public synchronized void cut() {
        broken = true;
        whole.forEach(this::end);
    }

    /** Likewise, but the server's end stays open: nothing tells it that the client is gone. */
    public synchronized void cutUnnoticed() {
        broken = true;
        cutUnnoticed.addAll(whole);
        whole.clear();
        cutUnnoticed.forEach(connection -> close(connection.client));
    }

    public synchronized void mend() {
        broken = false;
    }

    /** How many bytes it has carried, in both directions. */
    public long carriedBytes() {
        return carried.sum();
    }

    private void acceptAll() throws IOException {
        while (true) {
            connect(listener.accept());
        }
    }

    private synchronized void connect(Socket client) throws IOException {
        if (broken) {
            close(client);
            return;
        }
        Connection connection = new Connection(client, new Socket(InetAddress.getLoopbackAddress(), target));
        whole.add(connection);
        inBackground(() -> carry(connection, client, connection.server));
        inBackground(() -> carry(connection, connection.server, client));
    }

    private void carry(Connection connection, Socket from, Socket to) throws IOException {
        try {
            byte[] buffer = new byte[1 << 14];
            for (int read = from.getInputStream().read(buffer);
                    read >= 0;
                    read = from.getInputStream().read(buffer)) {
                to.getOutputStream().write(buffer, 0, read);
                carried.add(read);
            }
        } finally {
            end(connection);
        }
    }

    private void end(Connection connection) {
        if (whole.remove(connection)) {
            close(connection.client);
            close(connection.server);
        }
    }

    @Override
    public void close() {
        cut();
        cutUnnoticed.forEach(connection -> close(connection.server));
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    /** Works until an end of a connection, or the listener, is closed. */
    private static void inBackground(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                return;
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
