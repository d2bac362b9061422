package relay.engine.disk;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Idempotency keys in the order of their newest records. Keys whose time is not after a given one are too old. For the writer's thread. */
final class HeldKeys {
    private final Map<String, HeldKey> keys = new LinkedHashMap<>();
    private long bytes;

    /** A key, and where its newest record is. */
    private record HeldKey(StoredKey key, long writtenAt) {}

    int size() {
        return keys.size();
    }

    /** What they take of the files. */
    long bytes() {
        return bytes;
    }

    /** A key that is not too old. */
    @Nullable
    StoredKey find(String key, long oldestMillis) {
        HeldKey held = keys.get(key);
        return held == null || isOld(held, oldestMillis) ? null : held.key();
    }

    /** Its newest record is behind those of all others. */
    void add(StoredKey key, long location) {
        remove(key.key());
        keys.put(key.key(), new HeldKey(key, location));
        bytes += key.bytes();
    }

    void remove(String key) {
        HeldKey removed = keys.remove(key);
        if (removed != null) {
            bytes -= removed.key().bytes();
        }
    }

    void removeOldest() {
        remove(keys.keySet().iterator().next());
    }

    /** Whether the first of them is too old. */
    boolean isOldestBefore(long oldestMillis) {
        return !keys.isEmpty() && isOld(keys.values().iterator().next(), oldestMillis);
    }

    /** Whether no newest record is before a place. */
    boolean areWrittenFrom(long location) {
        return keys.isEmpty() || keys.values().iterator().next().writtenAt() >= location;
    }

    /** Those whose newest record is before a place, some of them; those that are too old are removed instead. */
    List<StoredKey> before(long location, int mostBytes, long oldestMillis) {
        List<StoredKey> found = new ArrayList<>();
        long taken = 0;
        Iterator<HeldKey> oldest = keys.values().iterator();
        while (oldest.hasNext()) {
            HeldKey held = oldest.next();
            if (held.writtenAt() >= location || taken >= mostBytes) {
                break;
            }
            if (isOld(held, oldestMillis)) {
                oldest.remove();
                bytes -= held.key().bytes();
            } else {
                taken += held.key().bytes();
                found.add(held.key());
            }
        }
        return found;
    }

    private static boolean isOld(HeldKey held, long oldestMillis) {
        return held.key().timeMillis() <= oldestMillis;
    }
}
