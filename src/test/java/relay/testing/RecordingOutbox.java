package relay.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.message.ClientId;
import relay.message.UserId;

/**
 * Notes what it is told, and outlives the hubs that use it, one after the other, as a file would. The times of watched messages are up
 * when the test says so. For any thread.
 */
public final class RecordingOutbox implements Outbox {
    private final List<Event> events = new ArrayList<>();

    /** What is watched, and for how long from when it was, by sequence. */
    private final Map<Long, Watched> watched = new LinkedHashMap<>();

    private final List<Long> received = new ArrayList<>();
    private final Map<ClientId, UserId> present = new HashMap<>();
    private boolean started;

    /** A message that is watched. */
    public record Watched(Event.Undelivered event, Duration left) {}

    /** What the next start finds, if the process is killed now. */
    public synchronized RecordingOutbox afterKill() {
        RecordingOutbox found = new RecordingOutbox();
        found.events.addAll(events);
        found.watched.putAll(watched);
        found.present.putAll(present);
        return found;
    }

    /** All events so far, in order. */
    public synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** The same, each in a few words: {@code connected 12345678}, say, or {@code undelivered 5 2 of 3}. */
    public List<String> said() {
        return events().stream().map(RecordingOutbox::inWords).toList();
    }

    private static String inWords(Event event) {
        if (event instanceof Event.Connected connected) {
            return "connected " + connected.client();
        }
        if (event instanceof Event.Gone gone) {
            return "gone " + gone.client();
        }
        Event.Undelivered undelivered = (Event.Undelivered) event;
        String confirm = undelivered
                .confirm()
                .map(came -> " " + came.acknowledged() + " of " + came.queued())
                .orElse("");
        return "undelivered " + undelivered.message().sequence() + confirm;
    }

    /** What is watched now. */
    public synchronized List<Watched> watched() {
        return List.copyOf(watched.values());
    }

    /** The sequences that it was told to have been received, as often as it was. */
    public synchronized List<Long> received() {
        return List.copyOf(received);
    }

    /** The times of all watched messages are up. */
    public synchronized void timeIsUp() {
        watched.values().forEach(one -> events.add(one.event()));
        watched.clear();
    }

    @Override
    public synchronized void start() {
        if (started) {
            throw new AssertionError("started twice");
        }
        started = true;
    }

    @Override
    public synchronized void stop() {
        started = false;
    }

    @Override
    public synchronized void add(Event event) {
        requireStarted();
        if (event instanceof Event.Connected connected) {
            present.put(connected.client(), connected.user());
        } else if (event instanceof Event.Gone gone) {
            present.remove(gone.client());
        }
        events.add(event);
    }

    @Override
    public synchronized void restored(Map<ClientId, UserId> there) {
        requireStarted();
        Map.copyOf(present).forEach((client, user) -> {
            if (!there.containsKey(client)) {
                add(new Event.Gone(client, user));
            }
        });
        there.forEach((client, user) -> {
            if (!present.containsKey(client)) {
                add(new Event.Connected(client, user));
            }
        });
    }

    @Override
    public synchronized void watch(Event.Undelivered event, Duration left) {
        watched.put(event.message().sequence(), new Watched(event, left));
    }

    @Override
    public synchronized void received(long sequence) {
        received.add(sequence);
        watched.remove(sequence);
    }

    private void requireStarted() {
        if (!started) {
            throw new AssertionError("it runs not");
        }
    }

    @Override
    public CompletionStage<Optional<Batch>> next() {
        return new CompletableFuture<>();
    }

    @Override
    public CompletionStage<Void> taken(Batch batch) {
        throw new AssertionError("nothing was handed out: " + batch);
    }

    @Override
    public synchronized long waiting() {
        return events.size();
    }

    @Override
    public long dropped() {
        return 0;
    }
}
