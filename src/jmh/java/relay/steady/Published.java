package relay.steady;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import relay.message.MessageId;
import relay.publish.PublishListener;

/** Completes when a message has been handed over. */
final class Published extends CompletableFuture<MessageId> implements PublishListener {
    @Override
    public void published(Outcome outcome) {
        complete(outcome.id());
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        completeExceptionally(new IllegalStateException("no key was given"));
    }

    @Override
    public void refused(RuntimeException cause) {
        completeExceptionally(cause);
    }
}
