package relay.hub;

import java.util.concurrent.atomic.AtomicInteger;
import relay.message.MessageId;

/** Gathers what the workers did with one message. For any thread. */
final class Receipt {
    private final AtomicInteger workersLeft;
    private final AtomicInteger queued = new AtomicInteger();
    private final PublishListener listener;
    private final long acceptedNanos;

    /** @param acceptedNanos when the message came, on the relay's ticker */
    Receipt(int workers, long acceptedNanos, PublishListener listener) {
        this.workersLeft = new AtomicInteger(workers);
        this.acceptedNanos = acceptedNanos;
        this.listener = listener;
    }

    long acceptedNanos() {
        return acceptedNanos;
    }

    /** One worker has handed the message to this many connections. */
    void handedOver(MessageId id, int connections) {
        queued.addAndGet(connections);
        if (workersLeft.decrementAndGet() == 0) {
            listener.handedOver(id, queued.get());
        }
    }
}
