package relay.schedule;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * Runs answers outside of what completes them: a worker may be in the middle of a batch. Answers that are added while
 * others run cost no extra wake-up. For any thread; bounded by the number of open requests and sockets, each of which waits for
 * one answer.
 */
public final class AnswerQueue {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerQueue.class);

    private final ConcurrentLinkedQueue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Executor executor;

    /** @param executor runs the answers, in any thread; it gets one task of this queue at a time */
    public AnswerQueue(Executor executor) {
        this.executor = executor;
    }

    /** Runs an answer later. */
    public void add(Runnable answer) {
        answers.add(answer);
        if (waiting.getAndIncrement() == 0) {
            wake();
        }
    }

    /** If the executor takes no task, because it is stopping, the calling thread runs the answers: nobody else would. */
    private void wake() {
        boolean left = true;
        while (left) {
            try {
                executor.execute(this::runAll);
                left = false;
            } catch (RuntimeException e) {
                LOG.warn("the thread that completed the answers runs them: {}", e.toString());
                left = runSome();
            }
        }
    }

    /** Asks the executor again for answers that were added meanwhile: its thread has other work too. */
    private void runAll() {
        if (runSome()) {
            wake();
        }
    }

    /** Runs the answers that were added until now. Returns whether there are more. */
    private boolean runSome() {
        int added = waiting.get();
        for (int i = 0; i < added; i++) {
            Runnable answer = answers.poll();
            if (answer != null) {
                run(answer);
            }
        }
        return waiting.addAndGet(-added) > 0;
    }

    private static void run(Runnable answer) {
        try {
            answer.run();
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            LOG.error("an answer failed", e);
        }
    }
}
