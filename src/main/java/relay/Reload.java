package relay;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;
import relay.message.Characters;
import relay.settings.Configuration;

/**
 * SIGHUP: what can change while the relay runs is read again, and the log says what needs a restart. The signal never ends the
 * process, not even while the relay starts or leaves. For any thread.
 */
final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    private static final String LOG_LEVEL = "log-level";

    private final Supplier<Optional<Configuration>> reader;
    private @Nullable Runnable files;
    private @Nullable Configuration inForce;

    /** @param reader reads the settings again; it throws a {@link ParameterException} if they are wrong */
    Reload(Supplier<Optional<Configuration>> reader) {
        this.reader = reader;
    }

    /** Handles the signals from now on. To be called before anything else: the JVM ends on one that nobody handles. */
    void handleSignals() {
        Signals.handle("HUP", number -> readAgain());
        // What rotates log files sends it to many servers.
        Signals.handle("USR1", number -> LOG.info("SIGUSR1: nothing to do, the log is not a file of the relay's"));
    }

    /**
     * A relay has started.
     *
     * @param configuration what it was made of
     * @param readFiles has the files of keys and certificates read again, without waiting for it
     */
    synchronized void started(Configuration configuration, Runnable readFiles) {
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
                    Characters.oneLine(e));
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
