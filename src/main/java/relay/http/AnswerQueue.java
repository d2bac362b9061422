package relay.http;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes answers out of what a thread is doing that finds them complete: a worker may be in the middle of a batch. Those
 * that come while others are given cost no further wake-up. For any thread; bounded by the requests that are open.
 */
public final class AnswerQueue {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerQueue.class);

    private final ConcurrentLinkedQueue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Executor executor;

    /** @param executor gives the answers, in whichever thread; it has one task of this queue's at a time */
    public AnswerQueue(Executor executor) {
        this.executor = executor;
    }

    /** Gives an answer later. */
    void add(Runnable answer) {
        answers.add(answer);
        if (waiting.getAndIncrement() == 0) {
            executor.execute(this::giveAll);
        }
    }

    /** Those that have come by now; for those that come meanwhile the executor is asked again: its thread has other work too. */
    private void giveAll() {
        int coming = waiting.get();
        for (int given = 0; given < coming; given++) {
            Runnable answer = answers.poll();
            if (answer != null) {
                give(answer);
            }
        }
        if (waiting.addAndGet(-coming) > 0) {
            executor.execute(this::giveAll);
        }
    }

    private static void give(Runnable answer) {
        try {
            answer.run();
        } catch (RuntimeException e) {
            LOG.error("an answer could not be given", e);
        }
    }
}
