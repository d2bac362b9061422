package relay.http;

import java.util.Optional;
import relay.message.MessageId;
import relay.publish.PublishListener;

/** Ends the wait for acknowledgements when its listener is told. For any thread. */
record ConfirmLimit(PublishListener listener, WaitLimit limit) implements PublishListener {
    @Override
    public void published(Outcome outcome) {
        limit.end();
        listener.published(outcome);
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        limit.end();
        listener.repeated(id, answer);
    }

    @Override
    public void refused(RuntimeException cause) {
        limit.end();
        listener.refused(cause);
    }
}
