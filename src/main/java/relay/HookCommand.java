package relay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import relay.access.SecretFile;
import relay.hook.HookSecret;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.settings.CommandFlags;

/** {@code java -jar relay.jar hook}: receives the events of a relay with {@code --hook}, for trying it out. For one thread. */
record HookCommand(PrintStream out, PrintStream err, InstantSource clock) {
    private static final int GOOD = 0;
    private static final int CANNOT_LISTEN = 1;
    private static final int MOST_PORT = 65_535;

    /** Picocli fills them in. It does not find them in the order in which they stand here, so each has its place. */
    @Command(
            name = "hook",
            sortOptions = false,
            customSynopsis = {"java -jar relay.jar hook --secret-file FILE [--port PORT]"},
            usageHelpWidth = 110,
            header = {
                "Receives the events of a relay with --hook on this machine, checks their signatures, and prints each as one line"
                        + " of JSON, until it is ended. What is wrong, and what comes again, is on standard error."
            },
            footer = {"", "Exit status: 0; 1 if it cannot listen; 2 if a flag or the file that it names is wrong."})
    interface Options {
        @Option(
                names = "--secret-file",
                order = 1,
                paramLabel = "FILE",
                description = "The secret: the file of the relay's --hook-secret-file.")
        Optional<Path> secretFile();

        @Option(
                names = "--port",
                order = 2,
                paramLabel = "PORT",
                defaultValue = "8001",
                description = "Where it listens, on 127.0.0.1; 0 takes a free one (default: 8001).")
        int port();

        @Option(
                names = {"-h", "--help"},
                order = 3,
                usageHelp = true,
                description = "Show this help and exit.")
        boolean help();
    }

    /**
     * Prints what comes until the process or the thread is ended, and returns the exit status.
     *
     * @throws ParameterException if a flag is wrong; its message is one line
     * @throws InvalidInputException if the secret cannot be read, or is none
     */
    int run(String... arguments) {
        CommandFlags<Options> flags = new CommandFlags<>(Options.class);
        return flags.read(out, arguments)
                .map(options -> receive(secret(options, flags), port(options, flags)))
                .orElse(GOOD);
    }

    private static int port(Options options, CommandFlags<Options> flags) {
        if (options.port() < 0 || options.port() > MOST_PORT) {
            throw flags.wrong("--port takes a number from 0 to " + MOST_PORT);
        }
        return options.port();
    }

    private static SecretFile<HookSecret> secret(Options options, CommandFlags<Options> flags) {
        return options.secretFile()
                .map(file -> HookSecret.in("--secret-file", file))
                .orElseThrow(() -> flags.wrong("hook takes --secret-file: the file of the relay's --hook-secret-file"));
    }

    private int receive(SecretFile<HookSecret> secret, int port) {
        HookReceiver receiver = new HookReceiver(secret, port, out, err, clock);
        boolean interrupted = false;
        try {
            receiver.start();
            err.println("relay: start a relay with --hook " + receiver.url() + " and the same secret");
            receiver.join();
            return GOOD;
        } catch (InterruptedException e) {
            interrupted = true;
            return GOOD;
        } catch (IOException e) {
            err.println("relay: cannot listen on port " + port + ": " + Characters.oneLine(e)
                    + " (--port chooses another)");
            return CANNOT_LISTEN;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            stop(receiver);
            if (interrupted) {
                // Not earlier: it would keep the receiver from stopping in order.
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void stop(HookReceiver receiver) {
        try {
            receiver.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
