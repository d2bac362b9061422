package relay.engine.disk;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** A message that writes down what became of it. */
final class Outcomes implements Publication {
    private final Message message;
    private final Optional<IdempotencyKey> key;
    final CompletableFuture<String> outcome = new CompletableFuture<>();
    final CompletableFuture<MessageId> id = new CompletableFuture<>();

    Outcomes(String topic, Optional<String> user, String text, Optional<IdempotencyKey> key) {
        this(new Message(new Topic(topic), user.map(UserId::new), Text.of(text)), key);
    }

    Outcomes(Message message, Optional<IdempotencyKey> key) {
        this.message = message;
        this.key = key;
    }

    static Outcomes of(String topic, String text) {
        return new Outcomes(topic, Optional.empty(), text, Optional.empty());
    }

    static Outcomes keyed(String key, String fingerprint, String text) {
        return new Outcomes("cats", Optional.empty(), text, Optional.of(new IdempotencyKey(key, fingerprint)));
    }

    /** The message was stored. */
    boolean isStored() {
        return outcome.getNow("").startsWith("stored");
    }

    @Override
    public Message message() {
        return message;
    }

    @Override
    public Optional<IdempotencyKey> key() {
        return key;
    }

    @Override
    public Optional<Duration> confirm() {
        return Optional.empty();
    }

    @Override
    public void stored(MessageId newId, int relays, boolean here) {
        tell("stored " + newId.sequence(), newId);
    }

    @Override
    public void repeated(MessageId before, Optional<String> answer) {
        tell("repeated " + before.sequence() + " " + answer.orElse("?"), before);
    }

    @Override
    public void refused(RuntimeException cause) {
        tell("refused " + cause.getMessage(), new MessageId("none", 0));
    }

    private void tell(String what, MessageId which) {
        if (!outcome.complete(what)) {
            throw new AssertionError("told twice: " + outcome.join() + ", " + what);
        }
        id.complete(which);
    }

    @Override
    public void droppedElsewhere() {}

    @Override
    public void elsewhere(String relay, int queued, int acknowledged) {
        throw new AssertionError("it is alone");
    }
}
