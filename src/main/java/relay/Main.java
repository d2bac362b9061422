package relay;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.util.HostPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;
import relay.bench.BenchCommand;
import relay.fatal.LoggedErrors;
import relay.fatal.ProcessEnd;
import relay.footprint.SpareMemory;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.schedule.Background;
import relay.schedule.Ticker;
import relay.settings.Configuration;
import relay.settings.Settings;
import relay.settings.SettingsReader;
import relay.settings.Values;

/**
 * The command line: {@code java -jar relay.jar [flags]}, or with {@code bench}, {@code config}, {@code data}, {@code health}, {@code hook}, {@code token} or {@code train}
 * before the flags.
 */
public final class Main {
    private static final String LOGGERS = "relay";
    private static final int FAILED = 1;
    private static final int WRONG_FLAG = 2;

    private Main() {}

    /**
     * Runs a relay until it is told to stop; or the load tool; or prints the settings that would be in force, what is in a
     * directory, a token or what is in one, whether a relay is ready, or the events of one. The exit status is 0; 1 if it cannot listen, the load tool
     * found a fault, the directory is damaged, the token is not good, or no relay is ready; 2 if a flag is wrong, or a file or directory that a flag names; 3 after an
     * error that the process cannot go on from.
     */
    public static void main(String[] arguments) {
        try {
            String command = arguments.length > 0 ? arguments[0] : "";
            switch (command) {
                case "bench" -> System.exit(bench().run(afterTheCommand(arguments)));
                case "config" -> configuration(afterTheCommand(arguments)).ifPresent(Main::print);
                case "data" -> System.exit(data(afterTheCommand(arguments)));
                case "hook" -> System.exit(hook(afterTheCommand(arguments)));
                case "health" -> health(afterTheCommand(arguments));
                case "token" -> System.exit(token(afterTheCommand(arguments)));
                case "train" -> System.exit(new TrainCommand(System.err).run(afterTheCommand(arguments)));
                default -> run(arguments);
            }
        } catch (InvalidInputException e) {
            exit(WRONG_FLAG, Characters.oneLine(e));
        } catch (ParameterException e) {
            exit(WRONG_FLAG, Characters.oneLine(e) + " (--help lists the flags)");
        }
    }

    private static String[] afterTheCommand(String... arguments) {
        return Arrays.copyOfRange(arguments, 1, arguments.length);
    }

    private static Optional<Configuration> configuration(String... flags) {
        return new SettingsReader(System.getenv()).read(flags);
    }

    /** Exit status 0 or 1, and no other: Docker knows only these. */
    private static void health(String... flags) {
        try {
            // Who may use the relay does not matter here, so that nothing has to be said about keys.
            Map<String, String> environment = new HashMap<>(System.getenv());
            environment.put("RELAY_OPEN", "true");
            new SettingsReader(environment)
                    .read(flags)
                    .ifPresent(asked -> System.exit(new HealthCommand(System.out, System.err).run(asked.settings())));
        } catch (ParameterException e) {
            exit(FAILED, Characters.oneLine(e) + " (--help lists the flags)");
        }
    }

    /** Prints the settings in force. It makes the relay that a start would make, so it also ends with {@link #WRONG_FLAG} where that would. */
    private static void print(Configuration configuration) {
        setLogLevel(Logger.ROOT_LOGGER_NAME, Level.OFF);
        setLogLevel(LOGGERS, Level.OFF);
        var unused = server(configuration.settings());
        configuration.lines().forEach(System.out::println);
        configuration.warnings().forEach(warning -> System.err.println("relay: " + warning));
    }

    private static int data(String... arguments) {
        // What is damaged is in what it prints.
        setLogLevel(LOGGERS, Level.OFF);
        return new DataCommand(System.out, InstantSource.system()).run(arguments);
    }

    private static int hook(String... arguments) {
        // What is wrong is in what it prints.
        setLogLevel(LOGGERS, Level.OFF);
        return new HookCommand(System.out, System.err, InstantSource.system()).run(arguments);
    }

    private static int token(String... arguments) {
        // What is wrong is in what it prints.
        setLogLevel(LOGGERS, Level.OFF);
        return new TokenCommand(System.in, System.out, System.err, InstantSource.system()).run(arguments);
    }

    private static BenchCommand bench() {
        return new BenchCommand(Values::time, System.out, System.err, isTerminal());
    }

    /** Whether standard error is a terminal, as far as the system tells (Linux). */
    private static boolean isTerminal() {
        try {
            String errors = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return errors.startsWith("/dev/pts/") || errors.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    private static void run(String... flags) {
        Reload reload = new Reload(() -> configuration(flags));
        reload.handleSignals();
        configuration(flags).ifPresent(configuration -> run(configuration, reload));
    }

    private static void run(Configuration configuration, Reload reload) {
        Settings settings = configuration.settings();
        endWithErrors();
        setLogLevel(settings.logLevel());
        configuration.warnings().forEach(LoggerFactory.getLogger(Main.class)::warn);
        try {
            RelayServer server = server(settings);
            Signals.stopOnTermination(server);
            server.start();
            reload.started(configuration, server::readAgain);
            new Background("memory", new SpareMemory()::look).start();
        } catch (InvalidInputException e) {
            throw e;
        } catch (IOException e) {
            exit(
                    FAILED,
                    "cannot listen on " + HostPort.normalizeHost(settings.host()) + ":" + settings.port() + ": "
                            + reason(e) + " (--host and --port choose another)");
        } catch (Exception e) {
            LoggerFactory.getLogger(Main.class).error("the relay could not start", e);
            exit(FAILED, "could not start: " + Characters.oneLine(e));
        }
    }

    /** An error that the process cannot go on from ends it, whichever thread meets it: never half a relay. */
    private static void endWithErrors() {
        Thread.setDefaultUncaughtExceptionHandler(new ProcessEnd());
        if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof ch.qos.logback.classic.Logger root) {
            LoggedErrors logged = new LoggedErrors();
            logged.setContext(root.getLoggerContext());
            logged.start();
            root.addAppender(logged);
        }
    }

    private static RelayServer server(Settings settings) {
        return new RelayServer(settings, Ticker.system(), InstantSource.system());
    }

    static void setLogLevel(org.slf4j.event.Level level) {
        setLogLevel(LOGGERS, Level.valueOf(level.name()));
    }

    private static void setLogLevel(String name, Level level) {
        if (LoggerFactory.getLogger(name) instanceof ch.qos.logback.classic.Logger logger) {
            logger.setLevel(level);
        }
    }

    private static String reason(IOException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause instanceof UnresolvedAddressException ? "there is no such address" : Characters.oneLine(cause);
    }

    private static void exit(int status, String message) {
        System.err.println("relay: " + message);
        System.exit(status);
    }
}
