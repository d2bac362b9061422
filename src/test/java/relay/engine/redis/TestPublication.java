package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** Writes down what became of it. */
final class TestPublication implements Publication {
    record Outcome(String what, Optional<MessageId> id, int relays, boolean here, String detail) {}

    private final Message message;
    private final Optional<IdempotencyKey> key;
    private final Optional<Duration> confirm;
    private volatile Optional<ClientId> client = Optional.empty();
    final List<Outcome> outcomes = new CopyOnWriteArrayList<>();
    private final CountDownLatch told = new CountDownLatch(1);
    final List<String> reports = new CopyOnWriteArrayList<>();

    TestPublication(
            Topic topic, Optional<UserId> user, String text, Optional<IdempotencyKey> key, Optional<Duration> confirm) {
        message = new Message(topic, user, Text.of(text));
        this.key = key;
        this.confirm = confirm;
    }

    TestPublication(Message message, Optional<Duration> confirm) {
        this.message = message;
        this.key = Optional.empty();
        this.confirm = confirm;
    }

    static TestPublication of(Topic topic, String text) {
        return new TestPublication(topic, Optional.empty(), text, Optional.empty(), Optional.empty());
    }

    static TestPublication of(Topic topic, UserId user, String text) {
        return new TestPublication(topic, Optional.of(user), text, Optional.empty(), Optional.empty());
    }

    /** A client publishes it. */
    TestPublication by(ClientId id) {
        client = Optional.of(id);
        return this;
    }

    /** Not by polling: a test may publish hundreds, one after the other. */
    void awaitOutcome(Duration patience) {
        try {
            assertThat(told.await(patience.toMillis(), TimeUnit.MILLISECONDS))
                    .as("an outcome")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void tell(Outcome outcome) {
        outcomes.add(outcome);
        told.countDown();
    }

    Outcome first() {
        return outcomes.get(0);
    }

    boolean isStored() {
        return !outcomes.isEmpty() && first().what().equals("stored");
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
    public Optional<ClientId> client() {
        return client;
    }

    @Override
    public Optional<Duration> confirm() {
        return confirm;
    }

    @Override
    public void stored(MessageId id, int relays, boolean here) {
        tell(new Outcome("stored", Optional.of(id), relays, here, ""));
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        tell(new Outcome("repeated", Optional.of(id), 0, false, answer.orElse("")));
    }

    @Override
    public void refused(RuntimeException cause) {
        tell(new Outcome("refused", Optional.empty(), 0, false, String.valueOf(cause.getMessage())));
    }

    @Override
    public void droppedElsewhere() {
        reports.add("dropped");
    }

    @Override
    public void elsewhere(String relay, int queued, int acknowledged) {
        reports.add(relay + " " + queued + " " + acknowledged);
    }
}
