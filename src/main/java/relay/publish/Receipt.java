package relay.publish;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import relay.message.MessageId;

/**
 * Waits until every connection that a message was handed to has acknowledged it, or has ended, or the time is up. For any
 * thread; nothing blocks.
 */
public final class Receipt {
    /** Is told how it ended. */
    public interface Listener extends NotPublished {
        /**
         * Called once, by whichever thread ended it: it must neither block nor throw.
         *
         * @param id the message's id
         * @param queued how many open connections the message was handed to, as far as the relays have said
         * @param acknowledged how many of these have acknowledged it
         * @param others how many other relays it went to
         * @param reported how many of those have said what they did with it
         */
        void confirmed(MessageId id, int queued, int acknowledged, int others, int reported);
    }

    private record Result(MessageId id, int queued, int acknowledged, int others, int reported) {}

    /** What a relay, this or another, has done with the message so far. */
    private record Part(int queued, int acknowledged) {}

    private final Duration within;
    private final Listener listener;
    private final Map<String, Part> elsewhere = new HashMap<>(0);

    /** Of each worker that waits for acknowledgements: how many receipts it does that for. */
    private final List<AtomicInteger> counts = new ArrayList<>(1);

    /** Absent until the message has been handed over. */
    private @Nullable MessageId id;

    private int queued;
    private int others;
    private int outstanding;
    private int acknowledged;
    private boolean timeIsUp;
    private boolean over;

    /** @param within how long it will wait: other relays report in that time */
    public Receipt(Duration within, Listener listener) {
        this.within = within;
        this.listener = listener;
    }

    Duration within() {
        return within;
    }

    /** What the hub tells of the message. */
    public PublishListener publishListener() {
        return new PublishListener() {
            @Override
            public void handedOver(MessageId messageId, int connections, int otherRelays) {
                end(() -> {
                    id = messageId;
                    queued = connections;
                    others = otherRelays;
                });
            }

            @Override
            public void repeated(MessageId messageId, Optional<String> answer) {
                if (endUnconfirmed()) {
                    listener.repeated(messageId, answer);
                }
            }

            @Override
            public void refused(RuntimeException cause) {
                if (endUnconfirmed()) {
                    listener.refused(cause);
                }
            }
        };
    }

    /** The time is up: what has been acknowledged by now is the answer, as soon as the message has been handed over. */
    public void expire() {
        end(() -> timeIsUp = true);
    }

    /** Counts as one there until it is over. */
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

    public void acknowledged() {
        end(() -> {
            outstanding--;
            acknowledged++;
        });
    }

    /** One of the connections has ended before it acknowledged the message. */
    public void lost() {
        end(() -> outstanding--);
    }

    /** Another relay has done this with the message so far. */
    void elsewhere(String relay, int connections, int acknowledgements) {
        end(() -> elsewhere.put(relay, new Part(connections, acknowledgements)));
    }

    public synchronized boolean isOver() {
        return over;
    }

    private synchronized boolean endUnconfirmed() {
        boolean first = !over;
        isOverNow();
        return first;
    }

    private void isOverNow() {
        over = true;
        counts.forEach(AtomicInteger::decrementAndGet);
        counts.clear();
    }

    private void end(Runnable change) {
        Result result;
        synchronized (this) {
            change.run();
            if (over || id == null || (!timeIsUp && isAwaited())) {
                return;
            }
            isOverNow();
            result = new Result(
                    id,
                    queued + elsewhere.values().stream().mapToInt(Part::queued).sum(),
                    acknowledged
                            + elsewhere.values().stream()
                                    .mapToInt(Part::acknowledged)
                                    .sum(),
                    others,
                    elsewhere.size());
        }
        listener.confirmed(result.id, result.queued, result.acknowledged, result.others, result.reported);
    }

    private boolean isAwaited() {
        return outstanding > 0
                || elsewhere.size() < others
                || elsewhere.values().stream().anyMatch(part -> part.acknowledged() < part.queued());
    }
}
