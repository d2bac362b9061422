package relay.engine.disk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import relay.message.ClientId;

/**
 * What lives on when the segment is deleted that it was written to: registrations, idempotency keys and retained values. Each kind is ordered by where
 * its records are, the oldest first, so that what has to be written again is found at once. For the writer's thread.
 */
final class LiveState {
    /** What of the space for registrations idempotency keys may take. */
    private static final int KEYS_SHARE = 4;

    private final long mostBytes;
    private final int mostKeys;
    private final long keyTtlMillis;
    private final Map<ClientId, StoredRegistration> registrations = new LinkedHashMap<>();
    private final Map<String, HeldKey> keys = new LinkedHashMap<>();
    private final RetainedValues retained;
    private long registrationBytes;
    private long keyBytes;
    private long lastNumber;

    /** A key, and where its newest record is. */
    private record HeldKey(StoredKey key, long writtenAt) {}

    /**
     * Nothing yet.
     *
     * @param mostBytes how much registrations and keys may take of the files
     * @param mostRetainedBytes how much retained values may take
     */
    LiveState(long mostBytes, int mostKeys, Duration keyTtl, long mostRetainedBytes) {
        this.mostBytes = mostBytes;
        this.mostKeys = mostKeys;
        this.keyTtlMillis = keyTtl.toMillis();
        this.retained = new RetainedValues(mostRetainedBytes);
    }

    int registrations() {
        return registrations.size();
    }

    int keys() {
        return keys.size();
    }

    RetainedValues retained() {
        return retained;
    }

    /** What all of it takes of the files, if each thing is there once. */
    long bytes() {
        return registrationBytes + keyBytes + retained.bytes();
    }

    long nextNumber() {
        return ++lastNumber;
    }

    @Nullable
    StoredRegistration find(ClientId id) {
        return registrations.get(id);
    }

    /** Whether there is room for another registration. */
    boolean hasRoomFor(StoredRegistration registration) {
        return registrationBytes + bytes(registration) <= mostBytes;
    }

    /** Whether there is room for what a registration has grown by since it was written. */
    boolean hasRoomForGrown(StoredRegistration registration) {
        int more = bytes(registration) - registration.writtenBytes();
        return more <= 0 || registrationBytes + more <= mostBytes;
    }

    /** All of it was written to a place behind all others. */
    void wrote(StoredRegistration registration, long location) {
        remove(registration.id);
        registration.written(location, bytes(registration));
        registrations.put(registration.id, registration);
        registrationBytes += registration.writtenBytes();
        lastNumber = Math.max(lastNumber, registration.number);
    }

    void remove(ClientId id) {
        StoredRegistration removed = registrations.remove(id);
        if (removed != null) {
            registrationBytes -= removed.writtenBytes();
        }
    }

    /** A key that is young enough. */
    @Nullable
    StoredKey key(String key, long nowMillis) {
        HeldKey held = keys.get(key);
        return held == null || isOld(held, nowMillis) ? null : held.key();
    }

    /** A key was written to a place behind all others; the oldest go where there are too many. */
    void wrote(StoredKey key, long location, long nowMillis) {
        forget(key.key());
        keys.put(key.key(), new HeldKey(key, location));
        keyBytes += key.bytes();
        Iterator<HeldKey> oldest = keys.values().iterator();
        while (oldest.hasNext()) {
            HeldKey held = oldest.next();
            boolean tooMany = keys.size() > mostKeys || keyBytes > mostBytes / KEYS_SHARE;
            if (!tooMany && !isOld(held, nowMillis)) {
                return;
            }
            oldest.remove();
            keyBytes -= held.key().bytes();
        }
    }

    void forget(String key) {
        HeldKey removed = keys.remove(key);
        if (removed != null) {
            keyBytes -= removed.key().bytes();
        }
    }

    /** Whether all that is in the log before a place is also behind it, or not needed. */
    boolean holdsNothingBefore(long location) {
        Iterator<StoredRegistration> registration = registrations.values().iterator();
        Iterator<HeldKey> key = keys.values().iterator();
        return (!registration.hasNext() || registration.next().writtenAt() >= location)
                && (!key.hasNext() || key.next().writtenAt() >= location)
                && retained.holdsNothingBefore(location);
    }

    /** Registrations whose newest record is before a place, some of them. */
    List<StoredRegistration> registrationsBefore(long location, int mostBytes) {
        List<StoredRegistration> found = new ArrayList<>();
        long taken = 0;
        for (StoredRegistration registration : registrations.values()) {
            if (registration.writtenAt() >= location || taken >= mostBytes) {
                break;
            }
            taken += registration.writtenBytes();
            found.add(registration);
        }
        return found;
    }

    /** Keys whose newest record is before a place, some of them; those that are too old are forgotten instead. */
    List<StoredKey> keysBefore(long location, int mostBytes, long nowMillis) {
        List<StoredKey> found = new ArrayList<>();
        long taken = 0;
        Iterator<HeldKey> oldest = keys.values().iterator();
        while (oldest.hasNext()) {
            HeldKey held = oldest.next();
            if (held.writtenAt() >= location || taken >= mostBytes) {
                break;
            }
            if (isOld(held, nowMillis)) {
                oldest.remove();
                keyBytes -= held.key().bytes();
            } else {
                taken += held.key().bytes();
                found.add(held.key());
            }
        }
        return found;
    }

    Collection<StoredRegistration> all() {
        return registrations.values();
    }

    private boolean isOld(HeldKey held, long nowMillis) {
        return nowMillis - held.key().timeMillis() >= keyTtlMillis;
    }

    private static int bytes(StoredRegistration registration) {
        return Layout.PAYLOAD_AT + registration.payloadBytes();
    }
}
