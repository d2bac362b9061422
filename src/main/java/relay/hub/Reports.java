package relay.hub;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import relay.engine.Engine;
import relay.engine.Peers.ReplyTo;
import relay.fatal.Fatal;
import relay.message.MessageId;
import relay.publish.PublishListener;
import relay.publish.Receipt;

/** Reports what became of messages here to the relays where they were published and their publishers wait for that. For any thread. */
final class Reports {
    /** Acknowledgements are reported this part of the time before the relay that asked gives up. */
    private static final int PARTS_OF_TIME = 10;

    /** For messages whose publisher does not wait for that. */
    static final PublishListener NOBODY = onPublished(outcome -> {});

    private final Engine engine;

    Reports(Engine engine) {
        this.engine = engine;
    }

    /** Collects acknowledgements here, and reports them to the relay where the message was published. */
    Receipt receipt(ReplyTo replyTo) {
        Duration within = replyTo.within().minus(replyTo.within().dividedBy(PARTS_OF_TIME));
        CompletableFuture<Void> over = new CompletableFuture<>();
        PublishListener whole = onPublished(outcome -> {
            over.complete(null);
            engine.peers().ifPresent(peers -> peers.report(replyTo, outcome.queued(), outcome.acknowledged()));
        });
        Receipt receipt = new Receipt(within, whole);
        // If it is over early, no timer keeps it in memory until the time is up.
        var unused = over.completeOnTimeout(null, within.toNanos(), TimeUnit.NANOSECONDS)
                .thenRun(Fatal.watched(receipt::expire));
        return receipt;
    }

    /** Reports at once how many connections got a message, where it takes a while until they have acknowledged it. */
    PublishListener listener(ReplyTo replyTo, Receipt receipt) {
        return onPublished(outcome -> {
            if (outcome.queued() > 0) {
                engine.peers().ifPresent(peers -> peers.report(replyTo, outcome.queued(), 0));
            }
            receipt.published(outcome);
        });
    }

    /** Listens to a message that was published at another relay: if it is refused or repeated, that is reported there. */
    private static PublishListener onPublished(Consumer<PublishListener.Outcome> action) {
        return new PublishListener() {
            @Override
            public void published(Outcome outcome) {
                action.accept(outcome);
            }

            @Override
            public void repeated(MessageId id, Optional<String> answer) {}

            @Override
            public void refused(RuntimeException cause) {}
        };
    }
}
