package relay.hub;

import java.util.concurrent.atomic.AtomicInteger;
import relay.message.MessageId;

/** Gathers what the workers did with one message. For any thread. */
final class Receipt {
    private final AtomicInteger workersLeft;
    private final AtomicInteger queued = new AtomicInteger();
    private final PublishListener listener;

    Receipt(int workers, PublishListener listener) {
        this.workersLeft = new AtomicInteger(workers);
        this.listener = listener;
    }

    /** One worker has handed the message to this many connections. */
    void handedOver(MessageId id, int connections) {
        queued.addAndGet(connections);
        if (workersLeft.decrementAndGet() == 0) {
            listener.handedOver(id, queued.get());
        }
    }
}
