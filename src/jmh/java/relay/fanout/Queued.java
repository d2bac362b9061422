package relay.fanout;

import java.util.Optional;
import java.util.function.IntConsumer;
import relay.message.MessageId;
import relay.publish.PublishListener;

/** Hears to how many connections a message was handed, and expects nothing else. */
public final class Queued implements PublishListener {
    private final IntConsumer connections;

    public Queued(IntConsumer connections) {
        this.connections = connections;
    }

    @Override
    public void published(Outcome outcome) {
        connections.accept(outcome.queued());
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        throw new IllegalStateException("no key was given");
    }

    @Override
    public void refused(RuntimeException cause) {
        throw cause;
    }
}
