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
import relay.message.InvalidInputException;
import relay.schedule.Ticker;
import relay.settings.Configuration;
import relay.settings.Settings;
import relay.settings.SettingsReader;
import relay.settings.Values;

/** The command line: {@code java -jar relay.jar [flags]}, or with {@code bench}, {@code config} or {@code health} before the flags. */
public final class Main {
    private static final String BENCH = "bench";
    private static final String CONFIG = "config";
    private static final String RELAY = "relay";
    private static final String HEALTH = "health";
    private static final int FAILED = 1;
    private static final int WRONG_FLAG = 2;

    private Main() {}

    /**
     * Runs a relay until it is told to stop, or the load tool, or says what would be in force, or whether a relay is ready. Exit
     * status 0; 1 if it cannot listen, the load tool found a fault, or no relay is ready; 2 if a flag is wrong, or a file that
     * one names; 3 if it met an error that it could not go on from.
     */
    public static void main(String[] arguments) {
        try {
            String command = arguments.length > 0 ? arguments[0] : "";
            switch (command) {
                case BENCH -> System.exit(bench().run(afterTheCommand(arguments)));
                case CONFIG -> configuration(afterTheCommand(arguments)).ifPresent(Main::print);
                case HEALTH -> health(afterTheCommand(arguments));
                default -> run(arguments);
            }
        } catch (InvalidInputException e) {
            exit(WRONG_FLAG, oneLine(e));
        } catch (ParameterException e) {
            exit(WRONG_FLAG, oneLine(e) + " (--help lists the flags)");
        }
    }

    private static String[] afterTheCommand(String... arguments) {
        return Arrays.copyOfRange(arguments, 1, arguments.length);
    }

    private static Optional<Configuration> configuration(String... flags) {
        return new SettingsReader(System.getenv()).read(flags);
    }

    /** Exit status 0 or 1, and no other: to Docker only these mean something. */
    private static void health(String... flags) {
        try {
            // Who may use the relay is not in question: it runs, or it does not.
            Map<String, String> environment = new HashMap<>(System.getenv());
            environment.put("RELAY_OPEN", "true");
            new SettingsReader(environment)
                    .read(flags)
                    .ifPresent(asked -> System.exit(new HealthCommand(System.out, System.err).run(asked.settings())));
        } catch (ParameterException e) {
            exit(FAILED, oneLine(e) + " (--help lists the flags)");
        }
    }

    /** Says what is in force, unless a start would end with {@link #WRONG_FLAG}: it makes what that makes. */
    private static void print(Configuration configuration) {
        setLogLevel(Logger.ROOT_LOGGER_NAME, Level.OFF);
        setLogLevel(RELAY, Level.OFF);
        var unused = server(configuration.settings());
        configuration.lines().forEach(System.out::println);
        configuration.warnings().forEach(warning -> System.err.println("relay: " + warning));
    }

    private static BenchCommand bench() {
        return new BenchCommand(Values::time, System.getenv(), System.out, System.err, isTerminal());
    }

    /** Whether somebody looks at the standard error, as far as the system tells (Linux). */
    private static boolean isTerminal() {
        try {
            String errors = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return errors.startsWith("/dev/pts/") || errors.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    private static void run(String... flags) {
        Rereading rereading = new Rereading(() -> configuration(flags));
        rereading.handleSignals();
        configuration(flags).ifPresent(configuration -> run(configuration, rereading));
    }

    private static void run(Configuration configuration, Rereading rereading) {
        Settings settings = configuration.settings();
        endWithErrors();
        setLogLevel(settings.logLevel());
        configuration.warnings().forEach(LoggerFactory.getLogger(Main.class)::warn);
        try {
            RelayServer server = server(settings);
            StopSignals.handleFor(server);
            server.start();
            rereading.of(configuration, server::readAgain);
        } catch (InvalidInputException e) {
            throw e;
        } catch (IOException e) {
            exit(
                    FAILED,
                    "cannot listen on " + HostPort.normalizeHost(settings.host()) + ":" + settings.port() + ": "
                            + reason(e) + " (--host and --port choose another)");
        } catch (Exception e) {
            LoggerFactory.getLogger(Main.class).error("the relay could not start", e);
            exit(FAILED, "could not start: " + oneLine(e));
        }
    }

    /** Whichever thread meets an error that nobody survives ends the process, and nobody goes on with half of it. */
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
        setLogLevel(RELAY, Level.valueOf(level.name()));
    }

    private static void setLogLevel(String name, Level level) {
        if (LoggerFactory.getLogger(name) instanceof ch.qos.logback.classic.Logger logger) {
            logger.setLevel(level);
        }
    }

    private static String reason(IOException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause instanceof UnresolvedAddressException ? "there is no such address" : oneLine(cause);
    }

    static String oneLine(Throwable e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        return message.replaceAll("\\s*\\R\\s*", " ");
    }

    private static void exit(int status, String message) {
        System.err.println("relay: " + message);
        System.exit(status);
    }
}
