package relay.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Relays in processes of their own that act as one. Any thread may ask for ports; one at a time kills and starts.
 */
public final class RelayFleet implements Relays, AutoCloseable {
    private final List<String[]> flags;
    private final List<RelayProcess> processes = new ArrayList<>();
    /** 0: it does not run. */
    private final AtomicIntegerArray ports;

    private RelayFleet(List<String[]> flags) {
        this.flags = flags;
        this.ports = new AtomicIntegerArray(flags.size());
    }

    /** Starts one relay with each of these engines, and waits until all take clients. */
    public static RelayFleet start(List<String> engines, String... flags) {
        RelayFleet fleet = new RelayFleet(engines.stream()
                .map(engine -> Stream.concat(Stream.of("--port", "0", "--engine", engine), Stream.of(flags))
                        .toArray(String[]::new))
                .toList());
        try {
            fleet.flags.forEach(own -> fleet.processes.add(RelayProcess.start(own)));
            IntStream.range(0, engines.size()).forEach(fleet::awaitPort);
            fleet.awaitReady();
            return fleet;
        } catch (RuntimeException | Error e) {
            fleet.close();
            throw e;
        }
    }

    @Override
    public OptionalInt anyPort(Random random) {
        int[] running = IntStream.range(0, ports.length())
                .map(ports::get)
                .filter(port -> port > 0)
                .toArray();
        return running.length == 0 ? OptionalInt.empty() : OptionalInt.of(running[random.nextInt(running.length)]);
    }

    /** Kills one and starts another in its place, at another port; waits until that listens. */
    public void replace(int number) {
        ports.set(number, 0);
        processes.get(number).signal("KILL");
        processes.get(number).close();
        processes.set(number, RelayProcess.start(flags.get(number)));
        awaitPort(number);
    }

    private void awaitPort(int number) {
        ports.set(number, processes.get(number).port());
    }

    /** Waits until all take clients. */
    public void awaitReady() {
        for (int i = 0; i < ports.length(); i++) {
            new Api(ports.get(i)).awaitReady();
        }
    }

    /** What all that run now have logged. */
    public String log() {
        StringBuilder log = new StringBuilder();
        processes.forEach(process -> log.append(process.out()).append(process.err()));
        return log.toString();
    }

    @Override
    public void close() {
        processes.forEach(RelayProcess::close);
    }
}
