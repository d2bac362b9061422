package relay.steady;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * What one client's commands cost the others.
 *
 * <p>{@code ./mvnw -Pjmh -DskipTests package}, then
 * {@code java -cp target/relay-benchmarks.jar relay.steady.Steady [-times] [churn storm lives engine heavy pings user]}: each
 * of these situations, or all, once to warm up and then so many times (3). Printed is the median of each figure, and what it
 * lay between.
 */
public final class Steady {
    private enum Kind {
        CHURN(Churn::new),
        STORM(Storm::new),
        LIVES(Lives::new),
        ENGINE(EngineBack::new),
        HEAVY(HeavyCommands::new),
        PINGS(Pings::new),
        USER(ManyOfOneUser::new);

        private final Supplier<Situation> begin;

        Kind(Supplier<Situation> begin) {
            this.begin = begin;
        }
    }

    private Steady() {}

    /** Prints a line for each figure. */
    public static void main(String[] args) throws InterruptedException {
        List<String> names = new ArrayList<>(Arrays.asList(args));
        int times = 3;
        if (!names.isEmpty() && names.get(0).startsWith("-")) {
            times = Integer.parseInt(names.remove(0).substring(1));
        }
        List<Kind> kinds = names.isEmpty()
                ? List.of(Kind.values())
                : names.stream()
                        .map(name -> Kind.valueOf(name.toUpperCase(Locale.ROOT)))
                        .toList();
        for (Kind kind : kinds) {
            measure(kind, times, System.out);
        }
    }

    private static void measure(Kind kind, int times, PrintStream out) throws InterruptedException {
        out.printf(
                "%d processors, JDK %s, %d MiB of heap, load %.1f%n",
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"),
                Runtime.getRuntime().maxMemory() >> 20,
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        List<List<Figure>> rounds = new ArrayList<>();
        try (Situation situation = kind.begin.get()) {
            situation.measure();
            for (int i = 0; i < times; i++) {
                rounds.add(situation.measure());
            }
        }
        for (int i = 0; i < rounds.get(0).size(); i++) {
            int place = i;
            double[] values = rounds.stream()
                    .mapToDouble(round -> round.get(place).value())
                    .sorted()
                    .toArray();
            Figure figure = rounds.get(0).get(i);
            out.printf(
                    "%-75s %10.2f %-3s (%.2f to %.2f)%n",
                    figure.what(), values[times / 2], figure.unit(), values[0], values[times - 1]);
        }
    }
}
