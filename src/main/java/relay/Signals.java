package relay;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** Signals of the system, as far as the JVM passes them on. For any thread. */
@SuppressWarnings("SunApi")
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /**
     * From now on a signal is for the handler, which gets a thread of its own each time. One that the process was started to
     * ignore, as by {@code nohup}, stays ignored.
     *
     * @param name without SIG
     */
    static void handle(String name, SignalHandler handler) {
        try {
            Signal.handle(new Signal(name), handler);
        } catch (IllegalArgumentException e) {
            LOG.warn("the relay will not hear of SIG{}: the JVM does not pass it on (-Xrs)", name);
        }
    }
}
