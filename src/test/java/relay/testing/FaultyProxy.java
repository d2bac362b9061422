package relay.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes bytes between clients and a server on the loopback address, and does each connection some harm. */
public final class FaultyProxy extends TcpProxy {
    /** What is done to a connection. */
    public enum Fault {
        /** Both ends are closed. */
        CUT,
        /** Both ends are reset: what was on the way is lost. */
        RESET,
        /** Nothing passes any more, for as long again; then both ends are closed. */
        STALL,
        /** The client's end is closed; the server's stays, for as long again. */
        HALF_OPEN
    }

    /** What is done to the next connection, and how long after its beginning. */
    public record Plan(Fault fault, long afterMillis) {}

    /** So little is on its way that a server has to queue for a client that stalls. */
    private static final int RECEIVE_BUFFER = 32 * 1024;

    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger faults = new AtomicInteger();
    private volatile Plan plan = new Plan(Fault.CUT, 1000);

    public FaultyProxy(int target) {
        super(target);
        start();
    }

    /** Says what happens to the connections from now on. */
    public void plan(Plan next) {
        plan = next;
    }

    /** How many connections it has done harm to. */
    public int faults() {
        return faults.get();
    }

    @Override
    public void close() {
        super.close();
        open.forEach(TcpProxy::close);
    }

    @Override
    void accept(Socket client) throws IOException {
        Optional<Socket> connected = connect(client);
        if (connected.isPresent()) {
            Socket server = connected.get();
            server.setReceiveBufferSize(RECEIVE_BUFFER);
            open.add(client);
            open.add(server);
            new Passage(client, server, plan).begin();
        }
    }

    private final class Passage {
        private final Socket client;
        private final Socket server;
        private final Plan harm;
        private volatile boolean stalled;

        Passage(Socket client, Socket server, Plan harm) {
            this.client = client;
            this.server = server;
            this.harm = harm;
        }

        void begin() {
            inBackground(() -> pass(client, server));
            inBackground(() -> pass(server, client));
            later(this::doHarm);
        }

        private void pass(Socket from, Socket to) {
            byte[] buffer = new byte[4096];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int length = in.read(buffer); length >= 0 && !stalled; length = in.read(buffer)) {
                    out.write(buffer, 0, length);
                }
                if (!stalled) {
                    to.shutdownOutput();
                }
            } catch (IOException e) {
                if (!stalled) {
                    end(client);
                    end(server);
                }
            }
        }

        private void doHarm() {
            faults.incrementAndGet();
            switch (harm.fault()) {
                case CUT -> endBoth();
                case RESET -> {
                    reset(client);
                    reset(server);
                    endBoth();
                }
                case STALL -> {
                    stalled = true;
                    later(this::endBoth);
                }
                case HALF_OPEN -> {
                    stalled = true;
                    end(client);
                    later(() -> end(server));
                }
            }
        }

        private void later(Runnable action) {
            CompletableFuture.delayedExecutor(harm.afterMillis(), TimeUnit.MILLISECONDS)
                    .execute(action);
        }

        private void reset(Socket socket) {
            try {
                socket.setSoLinger(true, 0);
            } catch (IOException e) {
                end(socket);
            }
        }

        private void endBoth() {
            end(client);
            end(server);
        }

        private void end(Socket socket) {
            open.remove(socket);
            TcpProxy.close(socket);
        }
    }
}
