package relay.http;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * Takes answers out of what a thread is doing that finds them complete: a worker may be in the middle of a batch. Those
 * that come while others are given cost no further wake-up. For any thread; bounded by the requests that are open.
 */
final class AnswerQueue {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerQueue.class);

    private final ConcurrentLinkedQueue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Executor executor;

    /** @param executor gives the answers, in whichever thread; it has one task of this queue's at a time */
    AnswerQueue(Executor executor) {
        this.executor = executor;
    }

    /** Gives an answer later. */
    void add(Runnable answer) {
        answers.add(answer);
        if (waiting.getAndIncrement() == 0) {
            wake();
        }
    }

    /** Where the executor takes nothing, as one that stops, whoever is here gives them: nobody else would. */
    private void wake() {
        boolean left = true;
        while (left) {
            try {
                executor.execute(this::giveAll);
                left = false;
            } catch (RuntimeException e) {
                LOG.warn("answers are given by the thread that has found them: {}", e.toString());
                left = giveSome();
            }
        }
    }

    /** For those that come meanwhile the executor is asked again: its thread has other work too. */
    private void giveAll() {
        if (giveSome()) {
            wake();
        }
    }

    /** Those that have come by now; says whether others have come meanwhile. */
    private boolean giveSome() {
        int coming = waiting.get();
        for (int given = 0; given < coming; given++) {
            Runnable answer = answers.poll();
            if (answer != null) {
                give(answer);
            }
        }
        return waiting.addAndGet(-coming) > 0;
    }

    private static void give(Runnable answer) {
        try {
            answer.run();
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            LOG.error("an answer could not be given", e);
        }
    }
}
