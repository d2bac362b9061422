package relay.engine.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import relay.engine.IdempotencyConflictException;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.AcceptedMessage;
import relay.message.MessageId;
import relay.message.MessageOptions.Retain;
import relay.message.UnavailableException;

/**
 * The messages and requests that are stored together: first they are encoded, then they are told what became of them. For the writer's
 * thread, one group after the other.
 */
final class Group {
    private static final int MOST = 1 << 15;

    /** Locations of what is not a new message. */
    private static final long REPEATED = -2;

    private static final long CONFLICT = -3;

    private final LiveState live;
    private final RequestEncoder requests;
    private final RecordBuffer buffer;
    private final Receiver receiver;
    private final String epoch;

    /** Of the newest message that is stored. */
    private long storedSequence;

    /** Of the newest message that is encoded. */
    private long lastSequence;

    /** For each item the sequence that it is told. */
    private final long[] sequences = new long[MOST];

    /** For each message its place in the log. */
    private final long[] locations = new long[MOST];

    private int size;
    private int messages;

    /** When its messages are accepted. */
    private long timeMillis;

    private boolean isWaitedFor;

    /** What to do if it is not stored, the last first, and what if it is. */
    private final List<Runnable> undo = new ArrayList<>();

    private final List<Runnable> commit = new ArrayList<>();

    /** Who waits until all changes are written. */
    private final List<Request.Settle> settling = new ArrayList<>();

    /**
     * One that is empty.
     *
     * @param changes where what has changed of registrations waits
     * @param newest the newest message that is stored
     */
    Group(
            Changes changes,
            LiveState live,
            StateWriter states,
            RecordBuffer buffer,
            Receiver receiver,
            MessageId newest) {
        this.live = live;
        this.requests = new RequestEncoder(changes, live, states, undo, commit);
        this.buffer = buffer;
        this.receiver = receiver;
        this.epoch = newest.epoch();
        this.lastSequence = newest.sequence();
        this.storedSequence = lastSequence;
    }

    long lastSequence() {
        return lastSequence;
    }

    /** How many messages it has. */
    int messages() {
        return messages;
    }

    /** Whether anybody waits until it is stored. */
    boolean isWaitedFor() {
        return isWaitedFor || requests.isWaitedFor();
    }

    /** Whether somebody waits until all changes are stored. */
    boolean isSettling() {
        return !settling.isEmpty();
    }

    /**
     * Begins a group with these items, as many as there is room for, at least one.
     *
     * @param location where in the log the buffer goes
     * @param time when its messages are accepted: not before those that are stored
     * @return how many items it has
     */
    int encode(List<Object> items, int from, long location, long time, long nowMillis) {
        timeMillis = time;
        size = 0;
        messages = 0;
        isWaitedFor = isSettling();
        requests.begin();
        undo.clear();
        commit.clear();
        buffer.clear();
        while (size < MOST && from + size < items.size() && encode(items.get(from + size), location, nowMillis)) {
            size++;
        }
        return size;
    }

    /** Whether there was room. */
    private boolean encode(Object item, long location, long nowMillis) {
        if (item instanceof Publication publication) {
            return encode(publication, location, nowMillis);
        }
        sequences[size] = lastSequence;
        return encode((Request) item, location, nowMillis);
    }

    private boolean encode(Publication publication, long location, long nowMillis) {
        Optional<IdempotencyKey> key = publication.key();
        if (key.isPresent()) {
            StoredKey before = live.key(key.get().key(), nowMillis);
            if (before != null) {
                boolean same = before.fingerprint().equals(key.get().fingerprint());
                locations[size] = same ? REPEATED : CONFLICT;
                sequences[size] = before.sequence();
                return true;
            }
        }
        int at = buffer.add(lastSequence + 1, timeMillis, publication.message(), key);
        if (at < 0) {
            return false;
        }
        lastSequence++;
        messages++;
        isWaitedFor = true;
        sequences[size] = lastSequence;
        locations[size] = location + at;
        if (publication.message().options().retain() != Retain.NO) {
            long sequence = lastSequence;
            commit.add(() -> live.retained().stored(sequence, timeMillis, publication.message(), location + at));
        }
        if (key.isPresent()) {
            String name = key.get().key();
            live.wrote(
                    new StoredKey(name, key.get().fingerprint(), lastSequence, nowMillis, Optional.empty()),
                    location + at,
                    nowMillis);
            undo.add(() -> live.forget(name));
        }
        return true;
    }

    private boolean encode(Request request, long location, long nowMillis) {
        if (request instanceof Request.Settle settle) {
            settling.add(settle);
            isWaitedFor = true;
            return true;
        }
        return requests.encode(request, lastSequence, location, nowMillis);
    }

    /** It is stored: everybody is told, in order. */
    void stored(List<Object> items, int from, long nowMillis) {
        commit.forEach(Runnable::run);
        storedSequence = lastSequence;
        for (int i = 0; i < size; i++) {
            Object item = items.get(from + i);
            if (item instanceof Publication publication) {
                tell(publication, i, nowMillis);
            } else if (item instanceof Request.Add add) {
                add.newest().complete(new MessageId(epoch, sequences[i]));
            } else if (item instanceof Request.Remove remove) {
                remove.done().complete(null);
            } else if (item instanceof Request.Renew renew) {
                renew.done().complete(null);
            } else if (item instanceof Request.Change change) {
                change.done().complete(null);
            } else if (item instanceof Request.Answer answer) {
                answer.done().complete(null);
            }
        }
    }

    private void tell(Publication publication, int i, long nowMillis) {
        MessageId id = new MessageId(epoch, sequences[i]);
        if (locations[i] >= 0) {
            receiver.own(new AcceptedMessage(id, timeMillis, publication.message()), publication, locations[i]);
            publication.stored(id, 1, true);
        } else if (locations[i] == CONFLICT) {
            publication.refused(new IdempotencyConflictException());
        } else {
            StoredKey key =
                    publication.key().map(one -> live.key(one.key(), nowMillis)).orElse(null);
            publication.repeated(id, key == null ? Optional.empty() : key.answerText());
        }
    }

    /** All changes are stored too. */
    void settled() {
        List<Request.Settle> waiting = List.copyOf(settling);
        settling.clear();
        waiting.forEach(settle -> settle.done().complete(null));
    }

    /** It is not stored: everybody is refused. */
    void refused(List<Object> items, int from, UnavailableException cause) {
        for (int i = undo.size() - 1; i >= 0; i--) {
            undo.get(i).run();
        }
        lastSequence = storedSequence;
        refuse(items.subList(from, from + size), cause);
    }

    /** Refuses these, and whoever waits for all changes. */
    void refuse(List<Object> items, UnavailableException cause) {
        for (Object item : items) {
            if (item instanceof Publication publication) {
                publication.refused(cause);
            } else {
                ((Request) item).refuse(cause);
            }
        }
        List<Request.Settle> waiting = List.copyOf(settling);
        settling.clear();
        waiting.forEach(settle -> settle.refuse(cause));
    }
}
