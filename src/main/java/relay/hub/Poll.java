package relay.hub;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import relay.engine.Engine;
import relay.fatal.Fatal;
import relay.message.StartPosition;

/**
 * A request for a page that waits while the page is empty. It holds no thread: the next message wakes it, or {@link #expire}, or the
 * relay's leaving. For any thread; nothing blocks.
 *
 * <p>Whatever wakes it is counted, and makes it look again; one thread at a time looks.
 */
public final class Poll {
    private final Past past;
    private final CompletableFuture<Past.Page> result = new CompletableFuture<>();

    /** How often it is to look; begins with one look, which waits until the topic is followed. */
    private final AtomicInteger signals = new AtomicInteger(1);

    private final Waiters.Waiter waiter;

    /** By the thread that looks. */
    private Past.Question question;

    private boolean lookedBefore;

    /** Set by any thread, once, before a signal. */
    private volatile boolean expired;

    Poll(Past past, Past.Question question) {
        this.past = past;
        this.question = question;
        this.waiter = past.waiter(question, this::signal);
    }

    /**
     * Begins. To be called once.
     *
     * @return the first page that is not empty, or an empty one if it has expired, or the relay leaves; completes in any thread
     */
    public CompletionStage<Past.Page> begin() {
        past.follow(question).whenComplete(Fatal.watched((hold, failure) -> {
            if (failure == null) {
                begin(hold);
            } else {
                result.completeExceptionally(failure);
            }
        }));
        return result;
    }

    private void begin(Engine.Hold hold) {
        var unused = result.whenComplete((page, failure) -> {
            waiter.end();
            hold.release();
        });
        look();
    }

    /** It waits no longer. */
    public void expire() {
        expired = true;
        past.execute(this::signal);
    }

    private void signal() {
        if (signals.getAndIncrement() == 0) {
            look();
        }
    }

    private void look() {
        int seen = signals.get();
        // The first look mostly finds something.
        boolean waits = lookedBefore;
        if (waits) {
            waiter.begin();
        }
        past.read(question, !waits).whenComplete(Fatal.watched((page, failure) -> looked(seen, waits, page, failure)));
    }

    private void looked(int seen, boolean waits, Past.@Nullable Page page, @Nullable Throwable failure) {
        if (page == null) {
            result.completeExceptionally(failure == null ? new IllegalStateException("nothing was read") : failure);
        } else if (!page.isEmpty() || expired || past.isLeaving()) {
            result.complete(page);
        } else {
            lookedBefore = true;
            question = new Past.Question(
                    question.topic(), question.user(), new StartPosition.After(page.next()), question.limit());
            if (!waits || signals.addAndGet(-seen) > 0) {
                past.execute(this::look);
            }
        }
    }
}
