package relay.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** A port for a server that has to be told one before it starts. */
public final class FreePort {
    private static final int LOWEST = 10_000;
    private static final int HIGHEST = 32_000;

    private FreePort() {}

    /** A port that no outgoing connection takes while the server is down: it lies below those that the kernel chooses from. */
    public static int find() {
        return IntStream.generate(() -> ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST))
                .filter(FreePort::isFree)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
