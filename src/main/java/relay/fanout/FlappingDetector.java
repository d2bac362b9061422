package relay.fanout;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import relay.message.ClientId;

/**
 * Detects clients whose connections replace each other again and again, as they do when two programs use one URL and both
 * reconnect. It remembers the last thousand clients whose connection was replaced, for a minute each. The owning worker only.
 */
final class FlappingDetector {
    /** No bad network replaces a connection so often without a minute's rest. */
    static final int OFTEN = 10;

    static final int MOST_CLIENTS = 1_000;
    private static final long REST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Map<ClientId, Replaced> replaced = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ClientId, Replaced> eldest) {
            return size() > MOST_CLIENTS;
        }
    };

    private record Replaced(int times, long lastNanos) {}

    /** A client's connection is replaced once more; whether to report that now: once, until it has had a rest. */
    boolean isNewsThatItIsReplaced(ClientId client, long now) {
        Replaced before = replaced.getOrDefault(client, new Replaced(0, now));
        int times = now - before.lastNanos() < REST_NANOS ? before.times() + 1 : 1;
        replaced.put(client, new Replaced(times, now));
        return times == OFTEN;
    }
}
