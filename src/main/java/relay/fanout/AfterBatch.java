package relay.fanout;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.outbound.CloseReason;

/**
 * What is to be done about subscribers after a batch: it would disturb those whom it has yet to write to. The owning worker
 * only.
 */
final class AfterBatch implements Batch.Results {
    private static final Logger LOG = LoggerFactory.getLogger(AfterBatch.class);

    /** A question is a write: with more of them, what comes meanwhile need not wait for all. */
    private static final int ASKED_AT_ONCE = 64;

    private final Batch batch;
    private final ClientTable clients;
    private final Subscriptions subscriptions;
    private final List<Subscriber> tooSlow = new ArrayList<>();
    private final List<Subscriber> failed = new ArrayList<>();
    private final List<Subscriber> toAsk = new ArrayList<>();

    AfterBatch(Batch batch, ClientTable clients, Subscriptions subscriptions) {
        this.batch = batch;
        this.clients = clients;
        this.subscriptions = subscriptions;
    }

    @Override
    public void tooSlow(Subscriber subscriber) {
        tooSlow.add(subscriber);
    }

    @Override
    public void failed(Subscriber subscriber) {
        failed.add(subscriber);
    }

    @Override
    public void sent(Subscriber subscriber) {
        toAsk.add(subscriber);
    }

    /** Writes what the batch has for one subscriber, and does what follows from that. */
    void writeFirst(Subscriber subscriber) {
        if (Batch.concerns(subscriber)) {
            batch.writeFirst(subscriber, this);
            attend();
        }
    }

    /** Does what follows from what has been written. */
    void attend() {
        for (Subscriber subscriber : tooSlow) {
            LOG.info("client {} is too slow: closed with {}", subscriber.client.id(), CloseReason.TOO_SLOW.code());
            clients.drop(subscriber, CloseReason.TOO_SLOW);
        }
        tooSlow.clear();
        failed.forEach(subscriber -> clients.drop(subscriber, CloseReason.FAILED));
        failed.clear();
        for (int i = 0; i < toAsk.size(); i++) {
            if (i < ASKED_AT_ONCE) {
                subscriptions.askWhenDue(toAsk.get(i));
            } else {
                subscriptions.askSoon(toAsk.get(i));
            }
        }
        toAsk.clear();
    }
}
