package relay.testing;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** A way for TCP connections to a port, which a test can cut. For any thread. */
public final class CuttableProxy extends TcpProxy {
    private static final int REMEMBERED_CHARACTERS = 4096;

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

    private CuttableProxy(int target) {
        super(target);
    }

    /** Lays a line to a port of the loopback address. */
    public static CuttableProxy to(int port) {
        CuttableProxy line = new CuttableProxy(port);
        line.start();
        return line;
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

    @Override
    synchronized void accept(Socket client) throws IOException {
        if (broken) {
            close(client);
            return;
        }
        Optional<Socket> server = connect(client);
        if (server.isPresent()) {
            Connection connection = new Connection(client, server.get());
            whole.add(connection);
            inBackground(() -> carry(connection, client, connection.server));
            inBackground(() -> carry(connection, connection.server, client));
        }
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
        super.close();
    }
}
