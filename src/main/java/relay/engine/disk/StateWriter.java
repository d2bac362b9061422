package relay.engine.disk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import relay.engine.Journal.Presence;
import relay.engine.disk.StoredRegistration.Unwritten;

/**
 * Writes what has changed of registrations, and writes again what has to outlive a segment. What cannot be written stays here until it
 * can. For the writer's thread.
 */
final class StateWriter {
    private static final int CURSORS_IN_A_RECORD = 1000;
    private static final int MOST_CURSOR_BYTES = 2 * Layout.MOST_NUMBER_BYTES;

    private final LiveState live;
    private final RecordBuffer buffer;

    /** With changes that are not written, in the order in which they came. */
    private final Set<StoredRegistration> unwritten = new LinkedHashSet<>();

    /** The numbers of registrations that are removed, and of which that is not written. */
    private final Deque<Long> ended = new ArrayDeque<>();

    /** What was encoded since the last {@link #written}. */
    private final List<StoredRegistration> encoded = new ArrayList<>();

    private final List<Runnable> encodedAll = new ArrayList<>();
    private int encodedEnds;

    StateWriter(LiveState live, RecordBuffer buffer) {
        this.live = live;
        this.buffer = buffer;
    }

    /** Whether all changes so far are written. */
    boolean isClean() {
        return unwritten.isEmpty() && ended.isEmpty();
    }

    void apply(Changes.Change change) {
        StoredRegistration registration = live.find(change.id);
        if (registration == null) {
            return;
        }
        if (change.ended) {
            end(registration);
            return;
        }
        Long cursor = change.cursor;
        if (cursor != null) {
            registration.cursor(cursor);
            mark(registration, Unwritten.CURSOR);
        }
        if (change.topics != null) {
            mark(registration, registration.subscribed(change.topics));
        }
        if (change.presence == Presence.CONNECTED) {
            registration.connected(change.presenceMillis);
            mark(registration, Unwritten.PRESENCE);
        }
        if (change.presence == Presence.DISCONNECTED) {
            registration.disconnected(change.presenceMillis);
            mark(registration, Unwritten.PRESENCE);
        }
    }

    void apply(Changes.Cursor cursor) {
        StoredRegistration registration = live.find(cursor.id);
        if (registration != null) {
            registration.cursor(cursor.sequence);
            mark(registration, Unwritten.CURSOR);
        }
    }

    /** The relay has been started anew: if it was connected, it is not any more. */
    void leftAlone(StoredRegistration registration, long nowMillis) {
        if (registration.isConnected()) {
            registration.disconnected(nowMillis);
            mark(registration, Unwritten.PRESENCE);
        }
    }

    /** Has its end written. */
    void end(StoredRegistration registration) {
        removed(registration);
        ended.add(registration.number);
    }

    /** Its end is encoded: nothing of it may come behind that. */
    void removed(StoredRegistration registration) {
        live.remove(registration.id);
        unwritten.remove(registration);
    }

    /** Its end is not written after all. It comes behind the others again, so all of it is written there. */
    void notRemoved(StoredRegistration registration) {
        live.wrote(registration, registration.writtenAt());
        mark(registration, Unwritten.ALL);
    }

    /**
     * All of it is encoded, so that nothing of it is left to be written.
     *
     * @return to be run if that is not written
     */
    Runnable encodedWhole(StoredRegistration registration) {
        Unwritten before = registration.unwritten();
        registration.unwritten(Unwritten.NOTHING);
        unwritten.remove(registration);
        return () -> {
            if (before != Unwritten.NOTHING && live.find(registration.id) == registration) {
                mark(registration, before);
            }
        };
    }

    private void mark(StoredRegistration registration, Unwritten what) {
        if (what == Unwritten.NOTHING) {
            return;
        }
        if (what.compareTo(registration.unwritten()) > 0) {
            registration.unwritten(what);
        }
        unwritten.add(registration);
    }

    /** Encodes changes, as many as there is room for. */
    void encode(long sequence, long nowMillis, long location) {
        for (long number : ended) {
            if (!encodeEnd(number, sequence, nowMillis)) {
                return;
            }
            encodedEnds++;
        }
        List<StoredRegistration> cursors = new ArrayList<>();
        for (StoredRegistration registration : unwritten) {
            if (registration.unwritten() == Unwritten.CURSOR) {
                cursors.add(registration);
                if (cursors.size() == CURSORS_IN_A_RECORD && !encodeCursors(cursors, sequence, nowMillis)) {
                    return;
                }
            } else if (registration.unwritten() == Unwritten.ALL) {
                if (!encodeAll(registration, sequence, nowMillis, location)) {
                    return;
                }
            } else if (!encodePresence(registration, sequence, nowMillis)) {
                return;
            }
        }
        if (!cursors.isEmpty()) {
            encodeCursors(cursors, sequence, nowMillis);
        }
    }

    /** Encodes the end of a registration; false if there is no room. */
    boolean encodeEnd(long number, long sequence, long nowMillis) {
        if (!buffer.hasRoomFor(Long.BYTES)) {
            return false;
        }
        buffer.begin(Layout.ENDED, sequence, nowMillis);
        buffer.payload().putLong(number);
        buffer.end();
        return true;
    }

    private boolean encodeCursors(List<StoredRegistration> registrations, long sequence, long nowMillis) {
        if (!buffer.hasRoomFor(registrations.size() * MOST_CURSOR_BYTES)) {
            return false;
        }
        buffer.begin(Layout.CURSORS, sequence, nowMillis);
        for (StoredRegistration registration : registrations) {
            Layout.putNumber(buffer.payload(), registration.number);
            Layout.putNumber(buffer.payload(), sequence - registration.cursor());
        }
        buffer.end();
        encoded.addAll(registrations);
        registrations.clear();
        return true;
    }

    private boolean encodePresence(StoredRegistration registration, long sequence, long nowMillis) {
        if (!buffer.hasRoomFor(Long.BYTES + StoredRegistration.PRESENCE_BYTES)) {
            return false;
        }
        buffer.begin(Layout.PRESENCE, sequence, nowMillis);
        buffer.payload().putLong(registration.number);
        registration.putPresence(buffer.payload());
        buffer.end();
        encoded.add(registration);
        return true;
    }

    /** Encodes all of a registration; false if there is no room. The buffer goes to a place in the log. */
    private boolean encodeAll(StoredRegistration registration, long sequence, long nowMillis, long location) {
        int at = add(registration, sequence, nowMillis);
        if (at < 0) {
            return false;
        }
        encoded.add(registration);
        encodedAll.add(() -> {
            if (live.find(registration.id) == registration) {
                live.wrote(registration, location + at);
            }
        });
        return true;
    }

    /** Adds all of a registration to the buffer; returns where it is there, or -1 if there is no room. */
    int add(StoredRegistration registration, long sequence, long nowMillis) {
        int payload = registration.payloadBytes();
        if (!buffer.makesRoomFor(payload)) {
            return -1;
        }
        int at = buffer.begin(Layout.REGISTRATION, sequence, nowMillis);
        registration.putInto(buffer.payload());
        buffer.end();
        return at;
    }

    /** Adds all of a key to the buffer; returns where it is there, or -1 if there is no room. */
    int add(StoredKey key, long sequence, long nowMillis) {
        int payload = key.bytes();
        if (!buffer.makesRoomFor(payload)) {
            return -1;
        }
        int at = buffer.begin(Layout.KEY, sequence, nowMillis);
        key.putInto(buffer.payload());
        buffer.end();
        return at;
    }

    /** Adds a retained value to the buffer; returns where it is there, or -1 if there is no room. */
    private int add(RetainedValue value, long sequence, long nowMillis) {
        if (!buffer.makesRoomFor(value.payloadBytes())) {
            return -1;
        }
        int at = buffer.begin(Layout.RETAINED, sequence, nowMillis);
        value.putInto(buffer.payload());
        buffer.end();
        return at;
    }

    /**
     * Encodes what is only in the part of the log before a place, some of it. The changes are written: {@link #isClean}.
     *
     * @return whether that was all
     */
    boolean carry(long end, int mostBytes, long sequence, long nowMillis, long location) {
        List<StoredRegistration> registrations = live.registrationsBefore(end, mostBytes);
        for (StoredRegistration registration : registrations) {
            if (!encodeAll(registration, sequence, nowMillis, location)) {
                return false;
            }
        }
        if (!registrations.isEmpty()) {
            return false;
        }
        List<StoredKey> keys = live.keysBefore(end, mostBytes, nowMillis);
        for (StoredKey key : keys) {
            int at = add(key, sequence, nowMillis);
            if (at < 0) {
                return false;
            }
            encodedAll.add(() -> live.wrote(key, location + at, nowMillis));
        }
        return keys.isEmpty() && carryRetained(end, mostBytes, sequence, nowMillis, location);
    }

    private boolean carryRetained(long end, int mostBytes, long sequence, long nowMillis, long location) {
        List<RetainedValue> values = live.retained().before(end, mostBytes, nowMillis);
        for (RetainedValue value : values) {
            int at = add(value, sequence, nowMillis);
            if (at < 0) {
                return false;
            }
            encodedAll.add(() -> live.retained().wrote(value, location + at));
        }
        return values.isEmpty();
    }

    /** What was encoded is written. */
    void written() {
        encodedAll.forEach(Runnable::run);
        for (StoredRegistration registration : encoded) {
            registration.unwritten(Unwritten.NOTHING);
            unwritten.remove(registration);
        }
        for (int i = 0; i < encodedEnds; i++) {
            ended.remove();
        }
        forgetEncoded();
    }

    /** What was encoded is not written: it will be encoded again. */
    void forgetEncoded() {
        encoded.clear();
        encodedAll.clear();
        encodedEnds = 0;
    }
}
