package relay.publish;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import relay.message.MessageId;

/**
 * What a publisher gets that asked for confirmation: it waits until every connection that the message was handed to has
 * acknowledged it or has ended, or until the time is up, and then tells the publisher's listener. For any thread; nothing
 * blocks.
 *
 * <p>It listens to the message's own publishing, and a refused or repeated message needs no acknowledgements.
 */
public final class Receipt implements PublishListener {
    /** What another relay has done with the message so far. */
    private record Report(int queued, int acknowledged) {}

    private final Duration within;
    private final PublishListener listener;
    private final Consumer<Outcome> ranOut;
    private final Map<String, Report> reports = new HashMap<>(0);

    /** For each worker that waits for acknowledgements, how many receipts it waits for. */
    private final List<AtomicInteger> counts = new ArrayList<>(1);

    /** Absent until the message has been handed over here. */
    private @Nullable Outcome handedOver;

    /** How many other relays fewer it went to than was said when it was handed over. */
    private int fewer;

    private int outstanding;
    private int acknowledged;
    private boolean timeIsUp;
    private boolean over;

    /**
     * A receipt for a message that is not published yet.
     *
     * @param within how long it will wait: other relays report in that time
     * @param listener is told once
     */
    public Receipt(Duration within, PublishListener listener) {
        this(within, listener, outcome -> {});
    }

    /**
     * The same, and somebody else wants to know.
     *
     * @param ranOut is told before the listener, if the time was up while the message was awaited to be acknowledged: by any thread, and
     *     must neither block nor throw
     */
    public Receipt(Duration within, PublishListener listener, Consumer<Outcome> ranOut) {
        this.within = within;
        this.listener = listener;
        this.ranOut = ranOut;
    }

    Duration within() {
        return within;
    }

    /** The message was handed over to all connections here that receive it. */
    @Override
    public void published(Outcome outcome) {
        update(() -> handedOver = outcome);
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        if (end()) {
            listener.repeated(id, answer);
        }
    }

    @Override
    public void refused(RuntimeException cause) {
        if (end()) {
            listener.refused(cause);
        }
    }

    /** The time is up: the answer is what has been acknowledged by now, as soon as the message has been handed over. */
    public void expire() {
        update(() -> timeIsUp = true);
    }

    /** Adds 1 to a count until this receipt is over. */
    public synchronized void countIn(AtomicInteger count) {
        if (!over) {
            count.incrementAndGet();
            counts.add(count);
        }
    }

    /** The message was handed to one more connection. */
    public synchronized void expect() {
        outstanding++;
    }

    /** One of the connections has acknowledged the message. */
    public void acknowledged() {
        update(() -> {
            outstanding--;
            acknowledged++;
        });
    }

    /** One of the connections has ended before it acknowledged the message. */
    public void lost() {
        update(() -> outstanding--);
    }

    /** It went to one other relay fewer than was said, or will be. */
    void droppedElsewhere() {
        update(() -> fewer++);
    }

    /** Another relay has handed the message to so many connections so far, and so many have acknowledged it. */
    void elsewhere(String relay, int connections, int acknowledgements) {
        update(() -> reports.put(relay, new Report(connections, acknowledgements)));
    }

    /** Whether the listener has been told, or is about to be. */
    public synchronized boolean isOver() {
        return over;
    }

    /** Ends it without acknowledgements; false if it was over before. */
    private synchronized boolean end() {
        boolean first = !over;
        isOverNow();
        return first;
    }

    private void isOverNow() {
        over = true;
        counts.forEach(AtomicInteger::decrementAndGet);
        counts.clear();
    }

    /** Makes a change, and tells the listener outside the lock if nothing is left to wait for. */
    private void update(Runnable change) {
        Outcome outcome;
        boolean early;
        synchronized (this) {
            change.run();
            if (over || handedOver == null) {
                return;
            }
            early = !isAwaited();
            if (!early && !timeIsUp) {
                return;
            }
            isOverNow();
            outcome = new Outcome(
                    handedOver.id(),
                    handedOver.queued()
                            + reports.values().stream().mapToInt(Report::queued).sum(),
                    acknowledged
                            + reports.values().stream()
                                    .mapToInt(Report::acknowledged)
                                    .sum(),
                    handedOver.others() - fewer,
                    reports.size());
        }
        if (!early) {
            ranOut.accept(outcome);
        }
        listener.published(outcome);
    }

    private boolean isAwaited() {
        return outstanding > 0
                || reports.size() < Objects.requireNonNull(handedOver).others() - fewer
                || reports.values().stream().anyMatch(report -> report.acknowledged() < report.queued());
    }
}
