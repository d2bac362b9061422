package relay.settings;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The flags of one of the jar's commands, whose files and times are written as those of the relay are. For one thread.
 *
 * @param <T> has the flags, with the annotations of picocli
 */
public final class CommandFlags<T> {
    private final CommandLine commandLine;

    public CommandFlags(Class<T> flags) {
        commandLine = new CommandLine(flags)
                .registerConverter(Path.class, Values::file)
                .registerConverter(Duration.class, Values::time)
                .setExpandAtFiles(false);
    }

    /**
     * Reads them.
     *
     * @param out where the help is printed if the arguments ask for that
     * @return empty: help was asked for
     * @throws ParameterException if one is wrong; its message is one line
     */
    public Optional<T> read(PrintStream out, String... arguments) {
        commandLine.parseArgs(arguments);
        if (commandLine.isUsageHelpRequested()) {
            commandLine.usage(out);
            return Optional.empty();
        }
        return Optional.of(commandLine.getCommand());
    }

    /** Says in one line that flags which can be read are wrong. */
    public ParameterException wrong(String message) {
        return new ParameterException(commandLine, message);
    }
}
