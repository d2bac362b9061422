package relay;

import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/** Signals of the system, as far as the JVM passes them on. For any thread. */
@SuppressWarnings("SunApi")
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

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
}
