package relay.engine.redis;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
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
    final List<Outcome> outcomes = new CopyOnWriteArrayList<>();
    final List<String> reports = new CopyOnWriteArrayList<>();

    TestPublication(
            Topic topic, Optional<UserId> user, String text, Optional<IdempotencyKey> key, Optional<Duration> confirm) {
        message = new Message(topic, user, Text.of(text));
        this.key = key;
        this.confirm = confirm;
    }

    static TestPublication of(Topic topic, String text) {
        return new TestPublication(topic, Optional.empty(), text, Optional.empty(), Optional.empty());
    }

    static TestPublication of(Topic topic, UserId user, String text) {
        return new TestPublication(topic, Optional.of(user), text, Optional.empty(), Optional.empty());
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
    public Optional<Duration> confirm() {
        return confirm;
    }

    @Override
    public void stored(MessageId id, int relays, boolean here) {
        outcomes.add(new Outcome("stored", Optional.of(id), relays, here, ""));
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        outcomes.add(new Outcome("repeated", Optional.of(id), 0, false, answer.orElse("")));
    }

    @Override
    public void refused(RuntimeException cause) {
        outcomes.add(new Outcome("refused", Optional.empty(), 0, false, String.valueOf(cause.getMessage())));
    }

    @Override
    public void elsewhere(String relay, int queued, int acknowledged) {
        reports.add(relay + " " + queued + " " + acknowledged);
    }
}
