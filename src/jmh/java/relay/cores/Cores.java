package relay.cores;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a message costs with 1, 2, 4 and 8 workers, in time of the processors: with workers that touch nothing of each other it would
 * be the same with all.
 *
 * <p>{@code ./mvnw -Pjmh -DskipTests package}, then
 * {@code java -cp target/relay-benchmarks.jar relay.cores.Cores [-times] [-work=STEPS] [-alone] [fan1k many sparse stream …]}: each of these
 * shapes, or all, with each number of workers in turn, once to warm up and then so many times (5). A write takes so many steps
 * (5000), each about a nanosecond. With {@code -alone}, no thread that publishes helps the workers, as over TLS. Printed are medians.
 */
public final class Cores {
    private static final List<Integer> WORKERS = List.of(1, 2, 4, 8);
    private static final List<Shape> SHAPES = List.of(
            new Shape("fan1k", 1, 1000, 1, 1, 500),
            new Shape("fan1k-64", 1, 1000, 1, 64, 5000),
            new Shape("many", 1000, 10, 2, 32, 20_000),
            new Shape("many-1", 1000, 10, 1, 1, 10_000),
            new Shape("sparse", 1000, 1, 2, 32, 100_000),
            new Shape("sparse-1", 1000, 1, 1, 1, 20_000),
            new Shape("stream", 1, 1, 1, 1000, 500_000));

    private Cores() {}

    /** Prints a line for each shape and number of workers. */
    public static void main(String[] args) throws InterruptedException {
        int times = 5;
        int work = 5000;
        boolean helped = true;
        List<String> names = new ArrayList<>();
        for (String arg : args) {
            if (arg.startsWith("-work=")) {
                work = Integer.parseInt(arg.substring("-work=".length()));
            } else if (arg.equals("-alone")) {
                helped = false;
            } else if (arg.startsWith("-")) {
                times = Integer.parseInt(arg.substring(1));
            } else {
                names.add(arg);
            }
        }
        System.out.printf(
                "%d processors, JDK %s, a write is %d steps, %s%n%-10s %7s %12s %12s %12s %8s %8s %8s%n",
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"),
                work,
                helped ? "helped" : "alone",
                "shape",
                "workers",
                "publishing",
                "working",
                "us/message",
                "to one",
                "writes",
                "sleeps");
        for (Shape shape : SHAPES) {
            if (names.isEmpty() || names.contains(shape.name())) {
                measure(shape, times, helped, work);
            }
        }
    }

    private static void measure(Shape shape, int times, boolean helped, int work) throws InterruptedException {
        List<Simulation> simulations = new ArrayList<>();
        List<List<Simulation.Cost>> costs = new ArrayList<>();
        for (int workers : WORKERS) {
            simulations.add(new Simulation(shape, workers, helped, work));
            costs.add(new ArrayList<>());
        }
        for (int time = 0; time <= times; time++) {
            for (int i = 0; i < WORKERS.size(); i++) {
                Simulation.Cost cost = simulations.get(i).round();
                if (time > 0) {
                    costs.get(i).add(cost);
                }
            }
        }
        double one = median(costs.get(0), Simulation.Cost::micros);
        for (int i = 0; i < WORKERS.size(); i++) {
            List<Simulation.Cost> of = costs.get(i);
            double micros = median(of, Simulation.Cost::micros);
            System.out.printf(
                    "%-10s %7d %12.2f %12.2f %12.2f %8.2f %8.2f %8.2f%n",
                    shape.name(),
                    WORKERS.get(i),
                    median(of, Simulation.Cost::publishingMicros),
                    median(of, Simulation.Cost::workingMicros),
                    micros,
                    micros / one,
                    median(of, Simulation.Cost::writes),
                    median(of, Simulation.Cost::sleeps));
        }
        for (Simulation simulation : simulations) {
            simulation.close();
        }
    }

    private static double median(List<Simulation.Cost> costs, ToDoubleFunction<Simulation.Cost> figure) {
        double[] values = costs.stream().mapToDouble(figure).sorted().toArray();
        return values[values.length / 2];
    }
}
