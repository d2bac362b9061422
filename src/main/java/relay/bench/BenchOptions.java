package relay.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The flags of {@code bench}: the load, and where it goes. Picocli fills them in; {@link BenchCommand} checks them. It does not
 * find them in the order in which they stand here, so each has its place.
 */
@Command(
        name = "bench",
        sortOptions = false,
        customSynopsis = {
            "java -jar relay.jar bench [flags] [-- flags of the relay that it starts]",
            "   or: java -jar relay.jar bench --url URL [flags]"
        },
        usageHelpWidth = 110,
        header = "Puts load on a relay, and checks that every subscriber gets every message once and in order.",
        footer = {
            "",
            "Exit status: 0; 1 if a message was missing, repeated, out of order or not taken, or a connection ended; 2 if a"
                    + " flag is wrong.",
            "Each connection takes a descriptor here and one at the relay: see ulimit -n. Variables set nothing, neither here"
                    + " nor at the relay that it starts."
        })
interface BenchOptions {
    @Option(
            names = {"-h", "--help"},
            order = 0,
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help();

    @Option(
            names = "--url",
            order = 1,
            paramLabel = "URL",
            description =
                    "The relay, such as http://localhost:8000 or https://relay.example.com; or several that act as one,"
                            + " separated by commas: subscribers and publishers are spread over them (default: one that is"
                            + " started for the run).")
    Optional<String> url();

    @Option(
            names = "--pid",
            order = 2,
            paramLabel = "PID",
            description = "With --url: the relay's process on this machine, to tell its memory.")
    Optional<Long> pid();

    @Option(
            names = "--key",
            order = 3,
            paramLabel = "KEY",
            description = "An API key of the relay that may register and publish any topic.")
    Optional<String> key();

    @Option(
            names = "--key-file",
            order = 4,
            paramLabel = "FILE",
            description = "The file that holds it, so that other users of the machine cannot see it.")
    Optional<Path> keyFile();

    @Option(
            names = "--token",
            order = 5,
            paramLabel = "TOKEN",
            description = "A token, or a key, that may subscribe to any topic: subscribers show it and connect to"
                    + " /ws?topic= instead of being registered.")
    Optional<String> token();

    @Option(names = "--token-file", order = 6, paramLabel = "FILE", description = "The file that holds it.")
    Optional<Path> tokenFile();

    @Option(
            names = "--cacert",
            order = 7,
            paramLabel = "FILE",
            description =
                    "For https: the certificate, in PEM, that signed the relay's, or is the relay's (default: those that"
                            + " Java trusts).")
    Optional<Path> cacert();

    @Option(
            names = "--connections",
            order = 8,
            defaultValue = "1000",
            paramLabel = "COUNT",
            description = "Subscribers, each on a connection of its own (default: ${DEFAULT-VALUE}).")
    int connections();

    @Option(
            names = "--topics",
            order = 9,
            defaultValue = "1",
            paramLabel = "COUNT",
            description =
                    "Topics; a subscriber asks for one, a publisher sends to all in turn (default: ${DEFAULT-VALUE}).")
    int topics();

    @Option(
            names = "--publishers",
            order = 10,
            defaultValue = "8",
            paramLabel = "COUNT",
            description = "Publishers, each with one request at a time (default: ${DEFAULT-VALUE}).")
    int publishers();

    @Option(
            names = "--ndjson",
            order = 11,
            description =
                    "Each publisher sends all its messages as one NDJSON stream instead. Without --rate that may be"
                            + " faster than subscribers read, who are closed with 4408 then.")
    boolean ndjson();

    @Option(
            names = "--duration",
            order = 12,
            paramLabel = "TIME",
            description = "How long to publish (default: 10s; with --messages 10m).")
    Optional<Duration> duration();

    @Option(
            names = "--messages",
            order = 13,
            paramLabel = "COUNT",
            description = "How many messages to publish at most, over all publishers (default: no bound).")
    Optional<Integer> messages();

    @Option(
            names = "--warmup",
            order = 14,
            defaultValue = "2s",
            paramLabel = "TIME",
            description = "How long to publish first, unmeasured (default: ${DEFAULT-VALUE}).")
    Duration warmup();

    @Option(
            names = "--size",
            order = 15,
            defaultValue = "100",
            paramLabel = "BYTES",
            description = "Size of a message's text (default: ${DEFAULT-VALUE}).")
    int size();

    @Option(
            names = "--rate",
            order = 16,
            defaultValue = "0",
            paramLabel = "COUNT",
            description = "Messages a second over all publishers; 0: as fast as possible (default: ${DEFAULT-VALUE}).")
    int rate();

    @Option(
            names = "--cuts",
            order = 17,
            defaultValue = "0",
            paramLabel = "COUNT",
            description =
                    "How often each subscriber's connection is cut, evenly over the run; it comes back and continues after"
                            + " the last message that it received (default: ${DEFAULT-VALUE}).")
    int cuts();

    @Option(
            names = "--offline",
            order = 18,
            paramLabel = "TIME",
            description = "With --cuts: how long it stays away (default: 2s).")
    Optional<Duration> offline();

    @Option(
            names = "--restarts",
            order = 19,
            defaultValue = "0",
            paramLabel = "COUNT",
            description =
                    "How often the relay that is started for the run is killed (kill -9) and started anew on the same"
                            + " --data, evenly over the run; subscribers come back, publishers send again what was not answered"
                            + " (default: ${DEFAULT-VALUE}).")
    int restarts();

    @Option(
            names = "--slow",
            order = 20,
            defaultValue = "0",
            paramLabel = "PERCENT",
            description =
                    "How many of a hundred subscribers do not read until the run has ended. The others are measured"
                            + " (default: ${DEFAULT-VALUE}).")
    int slow();

    @Option(names = "--json", order = 21, description = "Print the result as one JSON object instead of a table.")
    boolean json();
}
