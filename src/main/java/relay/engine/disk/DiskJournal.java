package relay.engine.disk;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import relay.engine.Journal;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;

/** The registrations of a relay, on their way to the writer. For any thread. */
final class DiskJournal implements Journal {
    private final Inbox inbox;
    private final InstantSource clock;

    DiskJournal(Inbox inbox, InstantSource clock) {
        this.inbox = inbox;
        this.clock = clock;
    }

    @Override
    public CompletionStage<MessageId> add(Registration registration) {
        CompletableFuture<MessageId> newest = new CompletableFuture<>();
        inbox.add(new Request.Add(registration, newest));
        return newest;
    }

    /** What has changed and is not taken yet stays: it counts if the end cannot be stored, and else finds nothing any more. */
    @Override
    public CompletionStage<Void> remove(ClientId id) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        inbox.add(new Request.Remove(id, done));
        return done;
    }

    @Override
    public CompletionStage<Void> renewed(ClientId id, TopicFilter granted, Optional<Instant> ends) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        inbox.add(new Request.Renew(id, granted, ends, done));
        return done;
    }

    /** The topics are on their way together with other changes, in the order of these: the request takes them along. */
    @Override
    public CompletionStage<Void> changed(
            ClientId id, Map<Topic, Long> topics, TopicFilter allowed, TopicFilter publish) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        inbox.changes.subscribed(id, Map.copyOf(topics));
        inbox.add(new Request.Change(id, allowed, publish, done));
        return done;
    }

    @Override
    public void connected(ClientId id, Map<Topic, Long> topics) {
        inbox.changes.connected(id, Map.copyOf(topics), clock.millis());
        inbox.changed();
    }

    /** The writer looks for these by itself. */
    @Override
    public void acknowledged(ClientId id, long sequence) {
        inbox.changes.acknowledged(id, sequence, clock.millis());
    }

    @Override
    public void disconnected(ClientId id, OptionalLong cursor) {
        inbox.changes.disconnected(id, cursor, clock.millis());
        inbox.changed();
    }

    @Override
    public void ended(ClientId id) {
        inbox.changes.ended(id);
        inbox.changed();
    }

    @Override
    public CompletionStage<Void> settled() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        inbox.add(new Request.Settle(done));
        return done;
    }
}
