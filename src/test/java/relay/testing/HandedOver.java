package relay.testing;

import java.util.Optional;
import java.util.function.ObjIntConsumer;
import relay.message.MessageId;
import relay.publish.PublishListener;

/** Hears when a message has been handed over, and expects nothing else. */
public final class HandedOver implements PublishListener {
    private final ObjIntConsumer<MessageId> queued;

    private HandedOver(ObjIntConsumer<MessageId> queued) {
        this.queued = queued;
    }

    /** Passes on the id, and to how many connections. */
    public static PublishListener to(ObjIntConsumer<MessageId> queued) {
        return new HandedOver(queued);
    }

    @Override
    public void published(Outcome outcome) {
        queued.accept(outcome.id(), outcome.queued());
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        throw new AssertionError("no key was given");
    }

    @Override
    public void refused(RuntimeException cause) {
        throw new AssertionError(cause);
    }
}
