package relay.testing;

import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A relay in a process of its own that is killed and started again at the same port, whoever waits for it there. Any thread may
 * ask for the port; one at a time kills and starts.
 */
public final class MortalRelay implements Relays, AutoCloseable {
    private final String[] flags;
    private final int port = FreePort.find();
    private final StringBuilder earlierLogs = new StringBuilder();
    private RelayProcess process;

    private MortalRelay(String... flags) {
        this.flags = Stream.concat(Stream.of("--port", String.valueOf(port)), Stream.of(flags))
                .toArray(String[]::new);
        process = RelayProcess.start(this.flags);
    }

    /** Starts it, and waits until it takes clients. */
    public static MortalRelay start(String... flags) {
        MortalRelay relay = new MortalRelay(flags);
        relay.awaitReady();
        return relay;
    }

    /** It may be down for a moment. */
    @Override
    public OptionalInt anyPort(Random random) {
        return OptionalInt.of(port);
    }

    public int port() {
        return port;
    }

    public Api api() {
        return new Api(port);
    }

    public RelayProcess process() {
        return process;
    }

    /** Kills it wherever it is, and starts it again at once; does not wait for anything but its end. */
    public void killAndStart() {
        process.kill();
        startAgain();
    }

    /** Waits for its end, and starts it again. */
    public void startAgain() {
        process.exitStatus();
        earlierLogs.append(process.out()).append(process.err());
        process.close();
        process = RelayProcess.start(flags);
    }

    /** Waits until it takes clients. */
    public void awaitReady() {
        process.port();
        api().awaitReady();
    }

    /** What it has logged in all its lives. */
    public String log() {
        return earlierLogs + process.out() + process.err();
    }

    @Override
    public void close() {
        process.close();
    }
}
