package relay.hub;

import java.util.LinkedHashMap;
import java.util.Map;
import relay.message.ClientId;

/**
 * Claims that were taken from this relay before the client was admitted that it had claimed. Some of these never are, so the oldest are
 * forgotten. Guarded by its user's lock.
 */
final class TakenClaims {
    private static final int MOST = 1000;

    private final Map<ClientId, Long> claims = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ClientId, Long> eldest) {
            return size() > MOST;
        }
    };

    /** Claims of this client with this number, or an earlier one, count no more. */
    void add(ClientId id, long claim) {
        claims.merge(id, claim, Math::max);
    }

    /** Whether a claim counts no more. */
    boolean has(ClientId id, long claim) {
        return claims.getOrDefault(id, 0L) >= claim;
    }
}
