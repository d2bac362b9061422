package relay.engine.disk;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import relay.engine.Epochs;
import relay.engine.Journal.Entry;
import relay.engine.Publication;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;

/** Remembers what an engine on disk brings, and checks the order. */
final class Witness extends Counting {
    record Range(long after, long through) {}

    record Restored(List<Topic> topics, Optional<UserId> recipient, long location) {}

    /** By sequence: what was brought, and where it is. */
    private final Map<Long, Restored> messages = new TreeMap<>();

    private final Map<ClientId, Entry> entries = new HashMap<>();
    private final List<Range> damaged = new ArrayList<>();
    private final List<Epochs> epochs = new ArrayList<>();
    private final List<Past> retained = new ArrayList<>();
    private long last;
    private long lastMillis;
    private long trimmed;
    private long reached = -1;

    synchronized Map<Long, Restored> messages() {
        return new TreeMap<>(messages);
    }

    /** The retained values of the start. */
    synchronized List<Past> retained() {
        return List.copyOf(retained);
    }

    /** The texts of these, in their order, as the engine's archive has them. */
    List<String> texts(DiskEngine engine) {
        long[] locations =
                messages().values().stream().mapToLong(Restored::location).toArray();
        return engine.archive().orElseThrow().read(locations, 1 << 20).toCompletableFuture().join().stream()
                .map(Optional::orElseThrow)
                .map(past -> past.message().text())
                .map(Object::toString)
                .toList();
    }

    synchronized Map<ClientId, Entry> entries() {
        return new HashMap<>(entries);
    }

    synchronized List<Range> damaged() {
        return List.copyOf(damaged);
    }

    synchronized Epochs epochs() {
        return epochs.get(epochs.size() - 1);
    }

    synchronized long trimmed() {
        return trimmed;
    }

    /** Whether a message is trimmed, perhaps in a moment: false if not within some seconds. */
    synchronized boolean trims(long sequence) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        try {
            while (trimmed < sequence && System.nanoTime() < end) {
                wait(100);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return trimmed >= sequence;
    }

    synchronized long reached() {
        return reached;
    }

    @Override
    public synchronized void epochs(Epochs now) {
        epochs.add(now);
    }

    @Override
    public synchronized void own(AcceptedMessage accepted, Publication publication, long location) {
        require(reached >= 0, "a message before the end of the start");
        require(accepted.id().epoch().equals(epochs().current().name()), "a message of another epoch");
        add(
                accepted.sequence(),
                new Restored(
                        publication.message().topics(), publication.message().recipient(), location));
        require(accepted.timeMillis() >= lastMillis, "the time goes back");
        lastMillis = accepted.timeMillis();
    }

    @Override
    public synchronized void restored(
            long sequence, List<Topic> topics, Optional<UserId> recipient, long location, long ageNanos) {
        require(reached < 0, "restored after the start");
        require(!epochs.isEmpty(), "a message before the epochs");
        add(sequence, new Restored(topics, recipient, location));
    }

    @Override
    public synchronized void retained(Past value) {
        require(reached < 0, "a retained value after the start");
        require(!epochs.isEmpty(), "a retained value before the epochs");
        require(value.message().topics().size() == 1, "a retained value of several topics");
        require(
                retained.isEmpty()
                        || value.sequence() >= retained.get(retained.size() - 1).sequence(),
                "a retained value out of order");
        retained.add(value);
    }

    private void add(long sequence, Restored message) {
        require(sequence > last, sequence + " after " + last);
        last = sequence;
        messages.put(sequence, message);
    }

    @Override
    public synchronized void restored(Entry entry) {
        require(reached < 0, "restored after the start");
        require(entries.put(entry.registration().id(), entry) == null, "restored twice");
    }

    @Override
    public synchronized void trimmed(long through) {
        require(through > trimmed, "trimmed again");
        trimmed = through;
        notifyAll();
        messages.keySet().removeIf(sequence -> sequence <= through);
    }

    @Override
    public synchronized void damaged(long after, long through) {
        require(reached < 0, "damaged after the start");
        require(after >= last && through > after, "a range that is none");
        last = through;
        damaged.add(new Range(after, through));
    }

    @Override
    public synchronized void reached(long sequence) {
        require(reached < 0 && sequence >= last, "reached " + sequence + " after " + last);
        reached = sequence;
        last = sequence;
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
