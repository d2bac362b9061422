package relay;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;
import relay.settings.Configuration;

/**
 * SIGHUP: what can change while the relay runs is read again, and the log says what waits for a restart. No such signal ends
 * the process, whenever it comes: not while it starts, nor while it leaves. For any thread.
 */
final class Rereading {
    private static final Logger LOG = LoggerFactory.getLogger(Rereading.class);
    private static final String LOG_LEVEL = "log-level";

    private final Supplier<Optional<Configuration>> reader;
    private @Nullable Runnable files;
    private @Nullable Configuration inForce;

    /** @param reader reads the settings anew; it throws a {@link ParameterException} where they are wrong */
    Rereading(Supplier<Optional<Configuration>> reader) {
        this.reader = reader;
    }

    /** Takes the signals over; to be called before anything else, since the JVM ends with one that nobody has asked for. */
    void handleSignals() {
        Signals.handle("HUP", number -> readAgain());
        // Whoever moves log files away sends it to many a server.
        Signals.handle("USR1", number -> LOG.info("SIGUSR1: nothing to do, the log is not a file of the relay's"));
    }

    /**
     * A relay runs.
     *
     * @param configuration what it was made of
     * @param readFiles reads the files of keys and certificates again, and does not wait for that
     */
    synchronized void of(Configuration configuration, Runnable readFiles) {
        inForce = configuration;
        files = readFiles;
    }

    /** Reads again what can be, in the caller's thread. */
    synchronized void readAgain() {
        Configuration before = inForce;
        Runnable readFiles = files;
        if (before == null || readFiles == null) {
            LOG.info("SIGHUP: nothing to do, the relay is about to start and reads everything");
            return;
        }
        readFiles.run();
        try {
            reader.get().ifPresent(now -> compare(before, now));
        } catch (ParameterException e) {
            LOG.warn(
                    "SIGHUP: keys and certificates are read again; the settings are wrong, and stay as they are: {}",
                    Main.oneLine(e));
        }
    }

    private void compare(Configuration before, Configuration now) {
        List<String> changed = now.changedSince(before);
        Main.setLogLevel(now.settings().logLevel());
        List<String> later =
                changed.stream().filter(key -> !key.equals(LOG_LEVEL)).toList();
        LOG.info(
                "SIGHUP: keys, certificates and settings are read again; log-level is {}; {}",
                now.settings().logLevel(),
                later.isEmpty()
                        ? "nothing waits for a restart"
                        : "a restart is needed for " + String.join(", ", later));
    }
}
