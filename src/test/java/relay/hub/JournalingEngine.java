package relay.hub;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import relay.engine.Epochs;
import relay.engine.Journal;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.engine.Registration;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;

/**
 * An engine that stores messages and registrations on a "disk" that outlives it. Registrations are stored at once, or when the test says
 * so, and then in the order in which they came. For any thread.
 */
final class JournalingEngine extends NumberingEngine implements Journal {
    /** What outlives an engine. Guarded by the lock of the engine that uses it. */
    static final class Disk {
        private final List<Message> messages = new ArrayList<>();
        private final Map<ClientId, Stored> registrations = new LinkedHashMap<>();
        private boolean lostItsEnd;

        /** For all that the next engine knows, messages after the last one were lost. */
        void loseEnd() {
            lostItsEnd = true;
        }
    }

    /** A registration, and when it has had no connection since. */
    private record Stored(Registration registration, long cursor, Presence presence, Instant since) {
        Stored with(Presence now, Instant then) {
            return new Stored(registration, cursor, now, then);
        }

        Stored with(long newCursor) {
            return new Stored(registration, newCursor, presence, since);
        }

        Stored with(TopicFilter granted, Optional<Instant> ends) {
            return new Stored(registration.renewed(granted, ends), cursor, presence, since);
        }

        Stored with(Map<Topic, Long> topics) {
            return new Stored(registration.with(Map.copyOf(topics)), cursor, presence, since);
        }
    }

    private static Registration changed(Registration before, TopicFilter allowed, TopicFilter publish) {
        return new Registration(
                before.id(),
                before.user(),
                before.topics(),
                allowed,
                before.granted(),
                publish,
                before.keep(),
                before.overflow(),
                before.ends());
    }

    /** What waits to be stored: it is done, or not. */
    private record Waiting(Runnable store, Runnable refuse) {}

    private static final int LOST_AT_MOST = 1000;

    private final Disk disk;
    private final InstantSource clock;
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private boolean storesAtOnce = true;
    private boolean gone;

    JournalingEngine(Disk disk, InstantSource clock) {
        this.disk = disk;
        this.clock = clock;
    }

    /** From now on it stores what comes when the test says so. */
    synchronized void storeWhenAsked() {
        storesAtOnce = false;
    }

    /** Stores all that waits. */
    void store() {
        takeWaiting().forEach(one -> one.store().run());
    }

    /** Stores nothing of what waits: that is so for those who wait for it; the rest goes on waiting. */
    void fail() {
        takeWaiting().forEach(one -> one.refuse().run());
    }

    /** Nothing that comes from now on is stored any more: the process has ended. */
    synchronized void kill() {
        gone = true;
    }

    /** What it was told of registrations, in order, each with the last digits of its id. */
    synchronized List<String> told() {
        return List.copyOf(told);
    }

    /** The cursor of a registration on the disk. */
    synchronized long cursor(ClientId id) {
        return disk.registrations.get(id).cursor();
    }

    /** The registrations on the disk. */
    synchronized List<ClientId> stored() {
        return List.copyOf(disk.registrations.keySet());
    }

    private synchronized List<Waiting> takeWaiting() {
        List<Waiting> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    @Override
    void started(Receiver receiver) {
        long before = take(disk.messages.size());
        for (int i = 0; i < disk.messages.size(); i++) {
            receiver.fromElsewhere(new AcceptedMessage(id(before + i + 1), 0, disk.messages.get(i)), Optional.empty());
        }
        if (disk.lostItsEnd) {
            long end = take(LOST_AT_MOST) + LOST_AT_MOST;
            receiver.epochs(new Epochs(List.of(
                    new Epochs.Epoch(EPOCH, 0, end - LOST_AT_MOST, end),
                    new Epochs.Epoch("f", end, Long.MAX_VALUE, 0))));
            receiver.reached(end);
        }
        Instant now = clock.instant();
        // What was connected counts as alone from now on, also for the next start.
        disk.registrations.replaceAll((id, stored) -> {
            boolean connected = stored.presence() == Presence.CONNECTED;
            Duration since = connected ? Duration.ZERO : Duration.between(stored.since(), now);
            receiver.restored(new Entry(stored.registration(), stored.cursor(), stored.presence(), since));
            return connected ? stored.with(Presence.DISCONNECTED, now) : stored;
        });
    }

    @Override
    void numbered(long sequence, Publication publication) {
        if (!gone) {
            disk.messages.add(publication.message());
        }
    }

    @Override
    public Optional<Journal> journal() {
        return Optional.of(this);
    }

    private <T> CompletionStage<T> submit(String what, Supplier<T> change) {
        CompletableFuture<T> stored = new CompletableFuture<>();
        Waiting one = new Waiting(
                () -> stored.complete(change.get()),
                () -> stored.completeExceptionally(UnavailableException.engine("the disk is full")));
        boolean now;
        synchronized (this) {
            told.add(what);
            now = storesAtOnce;
            if (!now) {
                waiting.add(one);
            }
        }
        if (now) {
            one.store().run();
        }
        return stored;
    }

    /** It is not refused, but waits. */
    private void submitAnyhow(String what, Runnable change) {
        boolean now;
        synchronized (this) {
            told.add(what);
            now = storesAtOnce;
            if (!now) {
                waiting.add(new Waiting(change, () -> submitAgain(change)));
            }
        }
        if (now) {
            change.run();
        }
    }

    private synchronized void submitAgain(Runnable change) {
        waiting.add(new Waiting(change, () -> submitAgain(change)));
    }

    private synchronized void change(Runnable change) {
        if (!gone) {
            change.run();
        }
    }

    @Override
    public CompletionStage<MessageId> add(Registration registration) {
        return submit("add " + name(registration.id()), () -> {
            synchronized (this) {
                long cursor = last();
                change(() -> disk.registrations.put(
                        registration.id(), new Stored(registration, cursor, Presence.AWAITED, clock.instant())));
                return id(cursor);
            }
        });
    }

    @Override
    public CompletionStage<Void> remove(ClientId id) {
        return this.<Void>submit("remove " + name(id), () -> {
            change(() -> disk.registrations.remove(id));
            return null;
        });
    }

    @Override
    public CompletionStage<Void> renewed(ClientId id, TopicFilter granted, Optional<Instant> ends) {
        return this.<Void>submit("renewed " + name(id), () -> {
            change(() -> disk.registrations.computeIfPresent(id, (key, stored) -> stored.with(granted, ends)));
            return null;
        });
    }

    @Override
    public CompletionStage<Void> changed(
            ClientId id, Map<Topic, Long> topics, TopicFilter allowed, TopicFilter publish) {
        return this.<Void>submit("changed " + name(id), () -> {
            change(() -> disk.registrations.computeIfPresent(
                    id,
                    (key, stored) -> new Stored(
                            changed(stored.with(topics).registration(), allowed, publish),
                            stored.cursor(),
                            stored.presence(),
                            stored.since())));
            return null;
        });
    }

    @Override
    public void connected(ClientId id, Map<Topic, Long> topics) {
        submitAnyhow(
                "connected " + name(id),
                () -> change(() -> disk.registrations.computeIfPresent(
                        id, (key, stored) -> stored.with(topics).with(Presence.CONNECTED, Instant.EPOCH))));
    }

    @Override
    public void acknowledged(ClientId id, long sequence) {
        submitAnyhow(
                "acknowledged " + name(id) + " " + sequence,
                () -> change(() -> disk.registrations.computeIfPresent(id, (key, stored) -> stored.with(sequence))));
    }

    @Override
    public void disconnected(ClientId id, OptionalLong cursor) {
        submitAnyhow(
                "disconnected " + name(id) + (cursor.isPresent() ? " " + cursor.getAsLong() : ""),
                () -> change(() -> disk.registrations.computeIfPresent(
                        id,
                        (key, stored) -> stored.with(cursor.orElse(stored.cursor()))
                                .with(Presence.DISCONNECTED, clock.instant()))));
    }

    @Override
    public void ended(ClientId id) {
        submitAnyhow("ended " + name(id), () -> change(() -> disk.registrations.remove(id)));
    }

    @Override
    public CompletionStage<Void> settled() {
        return this.<Void>submit("settled", () -> null);
    }

    /** How {@link #told} names a registration. */
    static String name(ClientId id) {
        return id.toString();
    }
}
