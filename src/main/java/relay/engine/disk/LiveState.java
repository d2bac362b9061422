package relay.engine.disk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import relay.engine.IdempotencyKey;
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
    private final HeldKeys ofBackends = new HeldKeys();
    private final HeldKeys ofClients = new HeldKeys();
    private final RetainedValues retained;
    private long registrationBytes;
    private long lastNumber;

    /**
     * Nothing yet.
     *
     * @param mostBytes how much registrations and keys may take of the files
     * @param mostKeys how many keys of backends there may be, and as many of clients
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
        return ofBackends.size() + ofClients.size();
    }

    RetainedValues retained() {
        return retained;
    }

    /** What all of it takes of the files, if each thing is there once. */
    long bytes() {
        return registrationBytes + keyBytes() + retained.bytes();
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
        return keysLike(key).find(key, oldest(nowMillis));
    }

    /** A key was written to a place behind all others; the oldest go where there are too many, but none of backends for those of clients. */
    void wrote(StoredKey key, long location, long nowMillis) {
        keysLike(key.key()).add(key, location);
        for (HeldKeys each : List.of(ofClients, ofBackends)) {
            while (each.size() > mostKeys
                    || (keyBytes() > mostBytes / KEYS_SHARE && each.size() > 0)
                    || each.isOldestBefore(oldest(nowMillis))) {
                each.removeOldest();
            }
        }
    }

    void forget(String key) {
        keysLike(key).remove(key);
    }

    private HeldKeys keysLike(String key) {
        return IdempotencyKey.isOfClient(key) ? ofClients : ofBackends;
    }

    private long keyBytes() {
        return ofBackends.bytes() + ofClients.bytes();
    }

    /** Keys that are not younger are forgotten. */
    private long oldest(long nowMillis) {
        return nowMillis - keyTtlMillis;
    }

    /** Whether all that is in the log before a place is also behind it, or not needed. */
    boolean holdsNothingBefore(long location) {
        Iterator<StoredRegistration> registration = registrations.values().iterator();
        return (!registration.hasNext() || registration.next().writtenAt() >= location)
                && ofBackends.areWrittenFrom(location)
                && ofClients.areWrittenFrom(location)
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
        List<StoredKey> found = ofBackends.before(location, mostBytes, oldest(nowMillis));
        return found.isEmpty() ? ofClients.before(location, mostBytes, oldest(nowMillis)) : found;
    }

    Collection<StoredRegistration> all() {
        return registrations.values();
    }

    private static int bytes(StoredRegistration registration) {
        return Layout.PAYLOAD_AT + registration.payloadBytes();
    }
}
