package relay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;

/** Stands between clients and a server on the loopback address, on a free port. What it does with a connection is its own. */
abstract class TcpProxy implements AutoCloseable {
    private static final int BACKLOG = 200;

    private final ServerSocket listener;
    private final int target;

    /** What ends by an exception when a connection, or the listener, is closed. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    TcpProxy(int target) {
        this.target = target;
        try {
            listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** To be called once, when it is all made. */
    final void start() {
        inBackground(() -> {
            while (true) {
                Socket client = listener.accept();
                try {
                    accept(client);
                } catch (IOException e) {
                    close(client);
                }
            }
        });
    }

    /** A client has come. */
    abstract void accept(Socket client) throws IOException;

    /** A connection to the server for this client; where nobody listens there, the client is hung up on. */
    final Optional<Socket> connect(Socket client) throws IOException {
        try {
            return Optional.of(new Socket(InetAddress.getLoopbackAddress(), target));
        } catch (ConnectException e) {
            close(client);
            return Optional.empty();
        }
    }

    /** Where it listens. */
    public final int port() {
        return listener.getLocalPort();
    }

    /** The same URL, but by way of this proxy. */
    public final String along(String url) {
        return url.replace(":" + target + "/", ":" + port() + "/");
    }

    @Override
    public void close() {
        close(listener);
    }

    static void inBackground(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        return;
                    }
                },
                "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    static void close(AutoCloseable connection) {
        try {
            connection.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
