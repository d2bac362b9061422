package relay;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.logging.LogConfigurator;

/**
 * SIGTERM and SIGINT: the first lets the relay drain and ends the process with 0, the second ends it at once.
 *
 * <p>A shutdown hook could do neither: the JVM ignores a second signal while hooks run, and ends with 143 after them.
 */
final class StopSignals {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);
    private static final int SIGNALLED = 128;

    private StopSignals() {}

    static void handleFor(RelayServer server) {
        AtomicBoolean stopping = new AtomicBoolean();
        for (String name : new String[] {"TERM", "INT"}) {
            Signals.handle(name, number -> {
                if (stopping.getAndSet(true)) {
                    LOG.warn("second signal: ending at once");
                    LogConfigurator.flush();
                    Runtime.getRuntime().halt(SIGNALLED + number);
                }
                Thread drain = new Thread(() -> drain(server), "drain");
                // The signal's thread is a daemon, and so would its child be: the JVM would not wait for it.
                drain.setDaemon(false);
                drain.start();
            });
        }
    }

    private static void drain(RelayServer server) {
        int status = 0;
        try {
            server.drainAndStop();
        } catch (Exception e) {
            LOG.error("the relay could not stop in order", e);
            status = 1;
        }
        System.exit(status);
    }
}
