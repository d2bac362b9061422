package relay.engine.disk;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import relay.engine.Journal.Presence;
import relay.message.ClientId;
import relay.message.Topic;

/**
 * What has changed of registrations and is not taken by the writer yet: one change for each at most, so there are never more of them
 * than registrations. For any thread.
 */
final class Changes {
    /** How long a cursor waits for newer ones. */
    private static final long CURSOR_WAITS_MILLIS = 1000;

    private Map<ClientId, Change> urgent = new LinkedHashMap<>();

    /** By when they came first, the oldest first. */
    private final Map<ClientId, Cursor> cursors = new LinkedHashMap<>();

    /** What has changed of one registration. Guarded by its owner's lock until it is taken. */
    static final class Change {
        final ClientId id;

        @Nullable
        Map<Topic, Long> topics;

        @Nullable
        Presence presence;

        long presenceMillis;

        @Nullable
        Long cursor;

        boolean ended;

        private Change(ClientId id) {
            this.id = id;
        }
    }

    /** The newest cursor of one registration. Guarded by its owner's lock until it is taken. */
    static final class Cursor {
        final ClientId id;
        private final long sinceMillis;
        long sequence;

        private Cursor(ClientId id, long sinceMillis) {
            this.id = id;
            this.sinceMillis = sinceMillis;
        }
    }

    synchronized void subscribed(ClientId id, Map<Topic, Long> topics) {
        urgent(id).topics = topics;
    }

    synchronized void connected(ClientId id, Map<Topic, Long> topics, long nowMillis) {
        Change change = urgent(id);
        change.topics = topics;
        change.presence = Presence.CONNECTED;
        change.presenceMillis = nowMillis;
    }

    synchronized void disconnected(ClientId id, OptionalLong cursor, long nowMillis) {
        Change change = urgent(id);
        change.presence = Presence.DISCONNECTED;
        change.presenceMillis = nowMillis;
        if (cursor.isPresent()) {
            change.cursor = cursor.getAsLong();
        }
    }

    synchronized void ended(ClientId id) {
        urgent(id).ended = true;
    }

    synchronized void acknowledged(ClientId id, long sequence, long nowMillis) {
        Change change = urgent.get(id);
        if (change != null) {
            change.cursor = sequence;
        } else {
            cursors.computeIfAbsent(id, first -> new Cursor(id, nowMillis)).sequence = sequence;
        }
    }

    private Change urgent(ClientId id) {
        Change change = urgent.computeIfAbsent(id, Change::new);
        Cursor before = cursors.remove(id);
        if (before != null) {
            change.cursor = before.sequence;
        }
        return change;
    }

    synchronized boolean hasUrgent() {
        return !urgent.isEmpty();
    }

    synchronized boolean hasCursors() {
        return !cursors.isEmpty();
    }

    /** Takes what has changed of one, unless that is a mere cursor; absent if nothing has. */
    synchronized @Nullable Change takeUrgent(ClientId id) {
        return urgent.remove(id);
    }

    /** Takes all changes but mere cursors. */
    synchronized Map<ClientId, Change> takeUrgent() {
        if (urgent.isEmpty()) {
            return Map.of();
        }
        Map<ClientId, Change> taken = urgent;
        urgent = new LinkedHashMap<>();
        return taken;
    }

    /**
     * Takes the cursors that have waited longest.
     *
     * @param all also those that have not waited long enough
     */
    synchronized List<Cursor> takeCursors(int most, boolean all, long nowMillis) {
        List<Cursor> taken = new ArrayList<>();
        Iterator<Cursor> oldest = cursors.values().iterator();
        while (taken.size() < most && oldest.hasNext()) {
            Cursor cursor = oldest.next();
            if (!all && Math.abs(nowMillis - cursor.sinceMillis) < CURSOR_WAITS_MILLIS) {
                break;
            }
            oldest.remove();
            taken.add(cursor);
        }
        return taken;
    }
}
