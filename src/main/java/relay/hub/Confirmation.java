package relay.hub;

import relay.message.MessageId;

/**
 * Waits until every connection that a message was handed to has acknowledged it, or has ended, or the time is up. For any
 * thread; nothing blocks.
 */
public final class Confirmation {
    /** Is told how it ended. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called once, by whichever thread ended it: it must neither block nor throw.
         *
         * @param id the message's id
         * @param queued how many open connections the message was handed to
         * @param acknowledged how many of these have acknowledged it
         */
        void confirmed(MessageId id, int queued, int acknowledged);
    }

    private record Result(MessageId id, int queued, int acknowledged) {}

    private final Listener listener;
    private MessageId id = new MessageId("", 0);
    private int queued;
    private int outstanding;
    private int acknowledged;
    private boolean handedOver;
    private boolean timeIsUp;
    private boolean over;

    Confirmation(Listener listener) {
        this.listener = listener;
    }

    /** The time is up: what has been acknowledged by now is the answer, as soon as the message has been handed over. */
    public void expire() {
        end(() -> timeIsUp = true);
    }

    /** The message was handed to one more connection. */
    synchronized void expect() {
        outstanding++;
    }

    void handedOver(MessageId messageId, int connections) {
        end(() -> {
            id = messageId;
            queued = connections;
            handedOver = true;
        });
    }

    void acknowledged() {
        end(() -> {
            outstanding--;
            acknowledged++;
        });
    }

    /** One of the connections has ended before it acknowledged the message. */
    void lost() {
        end(() -> outstanding--);
    }

    synchronized boolean isOver() {
        return over;
    }

    private void end(Runnable change) {
        Result result;
        synchronized (this) {
            change.run();
            if (over || !handedOver || (outstanding > 0 && !timeIsUp)) {
                return;
            }
            over = true;
            result = new Result(id, queued, acknowledged);
        }
        listener.confirmed(result.id, result.queued, result.acknowledged);
    }
}
