package relay.testing;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** A way for TCP connections to a port, which a test can cut. For any thread. */
public final class CuttableProxy implements AutoCloseable {
    private static final int REMEMBERED_CHARACTERS = 4096;

    private final ServerSocket listener;
    private final int target;
    private final Set<Connection> whole = ConcurrentHashMap.newKeySet();
    private final Set<Connection> cutUnnoticed = ConcurrentHashMap.newKeySet();
    private final LongAdder carried = new LongAdder();
    private boolean broken;
    private boolean standing;

    private static final class Connection {
        private final Socket client;
        private final Socket server;
        /** The first that the client has said, byte for byte. One thread writes. */
        private volatile String said = "";

        private volatile boolean silenced;

        Connection(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }
    }

    private CuttableProxy(ServerSocket listener, int target) {
        this.listener = listener;
        this.target = target;
    }

    /** Lays a line to a port of the loopback address. */
    public static CuttableProxy to(int port) {
        try {
            CuttableProxy line = new CuttableProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), port);
            inBackground(line::acceptAll);
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it begins. */
    public int port() {
        return listener.getLocalPort();
    }

    /** The same URL, but along this line. */
    public String along(String url) {
        return url.replace(":" + target + "/", ":" + port() + "/");
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

    /** Lets nothing through, in both directions and of new connections too, until it is mended: then all of it. */
    public synchronized void standStill() {
        standing = true;
    }

    /**
     * From now on, loses what the server says on the connections there are whose client has said this word early on; to both
     * ends they look well.
     */
    public void silence(String word) {
        whole.stream().filter(connection -> connection.said.contains(word)).forEach(connection -> {
            connection.silenced = true;
        });
    }

    public synchronized void mend() {
        broken = false;
        standing = false;
        notifyAll();
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

    /** Where nobody listens at the other end, the client is hung up on. */
    private synchronized void connect(Socket client) throws IOException {
        if (broken) {
            close(client);
            return;
        }
        Connection connection;
        try {
            connection = new Connection(client, new Socket(InetAddress.getLoopbackAddress(), target));
        } catch (ConnectException e) {
            close(client);
            return;
        }
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
                awaitMoving();
                if (from == connection.client) {
                    remember(connection, buffer, read);
                }
                if (from == connection.client || !connection.silenced) {
                    to.getOutputStream().write(buffer, 0, read);
                    carried.add(read);
                }
            }
            awaitMoving();
        } finally {
            end(connection);
        }
    }

    private static void remember(Connection connection, byte[] buffer, int length) {
        String said = connection.said;
        if (said.length() < REMEMBERED_CHARACTERS) {
            connection.said = said + new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
        }
    }

    private synchronized void awaitMoving() throws IOException {
        try {
            while (standing) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
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
        mend();
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
