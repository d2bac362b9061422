package relay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import relay.engine.disk.DiskInspection;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.settings.CommandFlags;

/** {@code java -jar relay.jar data}: prints what is in a directory of {@code --data}, without changing it. For one thread. */
record DataCommand(PrintStream out, InstantSource clock) {
    private static final int SOUND = 0;
    private static final int DAMAGED = 1;

    /** Picocli fills them in. */
    @Command(
            name = "data",
            sortOptions = false,
            customSynopsis = "java -jar relay.jar data DIR [--json]",
            usageHelpWidth = 110,
            header = "Prints what is in a directory of --data, without changing it; a relay may run on it meanwhile.",
            footer = {
                "",
                "Exit status: 0; 1 if something is damaged, so that messages are lost; 2 if a flag is wrong, there is no such"
                        + " directory, it cannot be read, or a newer relay has written it."
            })
    interface Options {
        @Parameters(arity = "0..1", paramLabel = "DIR", description = "The directory.")
        Optional<Path> directory();

        @Option(names = "--json", description = "Print one JSON object.")
        boolean json();

        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                description = "Show this help and exit.")
        boolean help();
    }

    /**
     * Prints it, and returns the exit status.
     *
     * @throws ParameterException if a flag is wrong; its message is one line
     * @throws InvalidInputException if the directory cannot be read
     */
    int run(String... arguments) {
        CommandFlags<Options> flags = new CommandFlags<>(Options.class);
        return flags.read(out, arguments).map(options -> print(options, flags)).orElse(SOUND);
    }

    private int print(Options options, CommandFlags<Options> flags) {
        Path directory = options.directory()
                .filter(path -> !path.toString().isEmpty())
                .orElseThrow(() -> flags.wrong("data takes a directory: java -jar relay.jar data DIR"));
        DiskInspection found;
        try {
            found = DiskInspection.of(directory, clock.instant());
        } catch (IOException e) {
            throw new InvalidInputException(
                    directory + " cannot be read: " + e.getClass().getSimpleName() + ": " + Characters.oneLine(e));
        }
        DataReport report = new DataReport(directory, found);
        if (options.json()) {
            report.printJson(out);
        } else {
            report.print(out);
        }
        return found.damage().isEmpty() ? SOUND : DAMAGED;
    }
}
