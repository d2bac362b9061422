package relay.net;

import java.io.IOException;
import java.nio.channels.Selector;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * Jetty's selector, which also runs tasks: behind all that was selected in a round, and before it selects again. Whoever is answered
 * then is still selected, so that neither a wake-up nor a change of its key is needed to hear from it again.
 *
 * <p>For any thread. Once it has stopped, tasks are dropped.
 */
final class RoundSelector extends ManagedSelector {
    private static final Logger LOG = LoggerFactory.getLogger(RoundSelector.class);

    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    /** Whether the tasks are going to be run, or are being run. */
    private final AtomicBoolean isAsked = new AtomicBoolean();

    /** The thread that selected last. It may have left that to another one meanwhile. */
    private volatile @Nullable Thread selecting;

    RoundSelector(SelectorManager manager, int id) {
        super(manager, id);
    }

    /** Whether the current thread selects. */
    boolean isCurrent() {
        return selecting == Thread.currentThread();
    }

    /** Runs a task at the end of the round; if there is none now, one begins. */
    void execute(Runnable task) {
        tasks.add(task);
        if (isAsked.compareAndSet(false, true)) {
            submit(unused -> runAll());
        }
    }

    @Override
    protected int nioSelect(Selector selector, boolean now) throws IOException {
        if (!isCurrent()) {
            selecting = Thread.currentThread();
        }
        return super.nioSelect(selector, now);
    }

    /** What the tasks add is run too: nothing new comes in meanwhile. */
    private void runAll() {
        do {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                run(task);
            }
            isAsked.set(false);
        } while (!tasks.isEmpty() && isAsked.compareAndSet(false, true));
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            LOG.error("a task of a selecting thread failed", e);
        }
    }
}
