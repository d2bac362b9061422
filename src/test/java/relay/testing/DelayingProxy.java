package relay.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Passes bytes, and the ends of connections, to a server on the loopback address and back: all of it so much later. */
public final class DelayingProxy extends TcpProxy {
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /** One thread: what is due at once goes in the order in which it came. */
    private final ExecutorService writer = Executors.newSingleThreadExecutor(DelayingProxy::daemon);

    private final Executor delayed;

    public DelayingProxy(int target, Duration delay) {
        super(target);
        delayed = CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, writer);
        start();
    }

    @Override
    public void close() {
        writer.shutdownNow();
        super.close();
        open.forEach(TcpProxy::close);
    }

    @Override
    void accept(Socket near) throws IOException {
        Optional<Socket> there = connect(near);
        if (there.isPresent()) {
            Socket far = there.get();
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            open.add(near);
            open.add(far);
            inBackground(() -> pass(near, far));
            inBackground(() -> pass(far, near));
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

    private void later(Socket from, Socket to, Work step) {
        delayed.execute(() -> {
            try {
                step.run();
            } catch (IOException e) {
                close(from);
                close(to);
            }
        });
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "long-line");
        thread.setDaemon(true);
        return thread;
    }
}
