package relay;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.logging.LogConfigurator;
import sun.misc.Signal;

/** Signals of the system, as far as the JVM passes them on. For any thread. */
@SuppressWarnings("SunApi")
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
    private static final int SIGNALLED = 128;

    private Signals() {}

    /**
     * From now on a signal is for the handler, which gets its number, and a thread of its own each time. One that the
     * process was started to ignore, as by {@code nohup}, stays ignored.
     *
     * @param name without SIG
     */
    static void handle(String name, IntConsumer handler) {
        try {
            Signal.handle(new Signal(name), signal -> handler.accept(signal.getNumber()));
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "the JVM does not pass SIG{} on (-Xrs): the relay will not drain on SIGTERM, nor read anything again on SIGHUP",
                    name);
        }
    }

    /**
     * SIGTERM and SIGINT: the first lets the relay drain and ends the process with 0, the second ends it at once.
     *
     * <p>A shutdown hook could do neither: the JVM ignores a second signal while hooks run, and ends with 143 after them.
     */
    static void stopOnTermination(RelayServer server) {
        AtomicBoolean stopping = new AtomicBoolean();
        for (String name : new String[] {"TERM", "INT"}) {
            handle(name, number -> {
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
