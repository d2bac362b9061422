package relay.history;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A topic that is followed: since when the messages of its strands come. With the history's lock held. */
final class Followed {
    /** The strands that hold messages, or held them. */
    final Set<StrandKey> strands = new HashSet<>();

    private long since;

    /** The strands of which messages come since another time than of all others. */
    private final Map<StrandKey, Long> apart = new HashMap<>();

    /** @param since the sequence up to which no message came */
    Followed(long since) {
        this.since = since;
    }

    /** The sequence up to which no message of a strand came. */
    long since(StrandKey key) {
        return apart.getOrDefault(key, since);
    }

    /** Of all but these strands messages come only since a sequence; returns the others that are known. */
    List<StrandKey> interrupt(Set<StrandKey> whole, long newSince) {
        Map<StrandKey, Long> before = new HashMap<>();
        whole.forEach(key -> before.put(key, since(key)));
        List<StrandKey> others =
                strands.stream().filter(key -> !whole.contains(key)).toList();
        others.forEach(strands::remove);
        apart.clear();
        apart.putAll(before);
        since = newSince;
        return others;
    }
}
