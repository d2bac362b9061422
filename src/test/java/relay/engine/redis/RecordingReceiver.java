package relay.engine.redis;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import relay.engine.Epochs;
import relay.engine.Journal;
import relay.engine.Peers.ReplyTo;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** Writes down what it is told, in its order, and sees to it that only one thread at a time tells it. */
final class RecordingReceiver implements Receiver {
    /** A message, with where it came from. */
    record Came(String how, MessageId id, String text, Optional<ReplyTo> report) {}

    record Loaded(Topic topic, Optional<UserId> recipient, List<Past> messages, long trimmedThrough) {}

    record Missed(Topic topic, Optional<UserId> recipient, MessageId after, long through) {}

    record Claimed(String what, ClientId id, long claim) {}

    /** All that came, as it came. */
    final List<AcceptedMessage> messages = new CopyOnWriteArrayList<>();

    final List<Past> retained = new CopyOnWriteArrayList<>();
    final List<Came> came = new CopyOnWriteArrayList<>();
    final List<Loaded> loaded = new CopyOnWriteArrayList<>();
    final List<Missed> missed = new CopyOnWriteArrayList<>();
    final List<MessageId> lost = new CopyOnWriteArrayList<>();
    final List<Epochs> epochs = new CopyOnWriteArrayList<>();
    final List<Claimed> claims = new CopyOnWriteArrayList<>();
    final Map<Topic, Long> following = new ConcurrentHashMap<>();
    final Map<Topic, Set<UserId>> wanted = new ConcurrentHashMap<>();
    final List<String> wrong = new CopyOnWriteArrayList<>();
    private final AtomicInteger inside = new AtomicInteger();
    volatile long reached;

    private void enter() {
        if (inside.getAndIncrement() != 0) {
            wrong.add("two threads at a time");
        }
    }

    private void leave() {
        inside.decrementAndGet();
    }

    private void note(Runnable what) {
        enter();
        what.run();
        leave();
    }

    @Override
    public void own(AcceptedMessage accepted, Publication publication, long location) {
        messages.add(accepted);
        note(() ->
                take(new Came("own", accepted.id(), publication.message().text().toString(), Optional.empty())));
    }

    @Override
    public void fromElsewhere(AcceptedMessage accepted, Optional<ReplyTo> report) {
        messages.add(accepted);
        note(() -> take(
                new Came("elsewhere", accepted.id(), accepted.message().text().toString(), report)));
    }

    private void take(Came message) {
        if (!came.isEmpty()
                && came.get(came.size() - 1).id().sequence() >= message.id().sequence()) {
            wrong.add(message + " came after " + came.get(came.size() - 1));
        }
        came.add(message);
    }

    List<String> texts() {
        return came.stream().map(Came::text).toList();
    }

    @Override
    public void restored(long sequence, List<Topic> topics, Optional<UserId> recipient, long location, long ageNanos) {
        wrong.add("Redis keeps the past by itself");
    }

    @Override
    public void retained(Past value) {
        note(() -> retained.add(value));
    }

    @Override
    public void restored(Journal.Entry entry) {
        wrong.add("Redis keeps registrations by itself");
    }

    @Override
    public void trimmed(long through) {
        wrong.add("Redis has no archive");
    }

    @Override
    public void damaged(long after, long through) {
        wrong.add("Redis has no archive");
    }

    @Override
    public void reached(long sequence) {
        note(() -> reached = sequence);
    }

    @Override
    public void following(Topic topic, long since) {
        note(() -> following.put(topic, since));
    }

    @Override
    public void notFollowing(Topic topic) {
        note(() -> following.remove(topic));
    }

    @Override
    public void loaded(Topic topic, Optional<UserId> recipient, List<Past> messages, long trimmedThrough) {
        note(() -> loaded.add(new Loaded(topic, recipient, messages, trimmedThrough)));
    }

    @Override
    public void epochs(Epochs now) {
        note(() -> epochs.add(now));
    }

    @Override
    public void interrupted(Map<Topic, Set<UserId>> brought, long through) {}

    @Override
    public void missed(Topic topic, Optional<UserId> recipient, MessageId after, long through, Gap.Reason reason) {
        note(() -> missed.add(new Missed(topic, recipient, after, through)));
    }

    @Override
    public void lost(MessageId after) {
        note(() -> lost.add(after));
    }

    @Override
    public boolean isWanted(Topic topic) {
        return wanted.containsKey(topic);
    }

    @Override
    public CompletionStage<Map<Topic, Set<UserId>>> wanted() {
        return CompletableFuture.completedStage(Map.copyOf(wanted));
    }

    @Override
    public void replaced(ClientId id, long claim) {
        note(() -> claims.add(new Claimed("replaced", id, claim)));
    }

    @Override
    public void taken(ClientId id, long claim) {
        note(() -> claims.add(new Claimed("taken behind " + messages.size(), id, claim)));
    }

    @Override
    public void removed(ClientId id, long claim) {
        note(() -> claims.add(new Claimed("removed", id, claim)));
    }

    @Override
    public void removedAllOf(UserId user) {
        note(() -> {});
    }
}
