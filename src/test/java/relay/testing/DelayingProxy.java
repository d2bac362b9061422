package relay.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Passes bytes, and the ends of connections, to a server on the loopback address and back: all of it so much later. */
public final class DelayingProxy implements AutoCloseable {
    private final ServerSocket listening;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /** One thread: what is due at once goes in the order in which it came. */
    private final ExecutorService writer = Executors.newSingleThreadExecutor(DelayingProxy::daemon);

    private final Executor delayed;

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** A line on a free port. */
    public DelayingProxy(int target, Duration delay) {
        this.target = target;
        delayed = CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, writer);
        try {
            listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept).start();
    }

    /** Where it listens. */
    public int port() {
        return listening.getLocalPort();
    }

    @Override
    public void close() {
        writer.shutdownNow();
        closeQuietly(listening);
        open.forEach(DelayingProxy::closeQuietly);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket near = listening.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
                open.add(near);
                open.add(far);
                daemon(() -> pass(near, far)).start();
                daemon(() -> pass(far, near)).start();
            } catch (IOException e) {
                if (!listening.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void pass(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[4096];
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                byte[] piece = Arrays.copyOf(buffer, length);
                later(from, to, () -> to.getOutputStream().write(piece));
            }
            later(from, to, to::shutdownOutput);
        } catch (IOException e) {
            later(from, to, to::close);
        }
    }

    private void later(Socket from, Socket to, Step step) {
        delayed.execute(() -> {
            try {
                step.run();
            } catch (IOException e) {
                closeQuietly(from);
                closeQuietly(to);
            }
        });
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "long-line");
        thread.setDaemon(true);
        return thread;
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
