package relay.hub;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.history.TopicLogKey;
import relay.message.PatternMap;
import relay.message.Topic;
import relay.message.UserId;

/** Those of {@link Waiters} that wait for messages on any topic that matches a pattern. For any thread; nothing blocks for long. */
final class PatternWaiters<W> {
    private final PatternMap<Map<Optional<UserId>, Set<W>>> byPattern = new PatternMap<>();
    private final Set<W> all = new HashSet<>();

    /** Whether there are any. Written with the lock held; read without, by whoever publishes. */
    private volatile boolean present;

    /** @param log the pattern, and whose messages: those for everybody, or for one user */
    synchronized void add(TopicLogKey log, W waiter) {
        all.add(waiter);
        present = true;
        byPattern.change(log.topic(), before -> {
            Map<Optional<UserId>, Set<W>> users = before == null ? new HashMap<>(2) : before;
            users.computeIfAbsent(log.recipient(), first -> new HashSet<>()).add(waiter);
            return users;
        });
    }

    synchronized void remove(TopicLogKey log, W waiter) {
        all.remove(waiter);
        present = !all.isEmpty();
        byPattern.change(log.topic(), before -> without(before, log.recipient(), waiter));
    }

    @Nullable
    private static <W> Map<Optional<UserId>, Set<W>> without(
            @Nullable Map<Optional<UserId>, Set<W>> users, Optional<UserId> user, W waiter) {
        if (users == null) {
            return null;
        }
        users.computeIfPresent(user, (same, waiters) -> {
            waiters.remove(waiter);
            return waiters.isEmpty() ? null : waiters;
        });
        return users.isEmpty() ? null : users;
    }

    /** Those that wait for messages on a topic for somebody; they are still to be {@linkplain #remove removed}. */
    List<W> waitingFor(Topic topic, Optional<UserId> recipient) {
        if (!present) {
            return List.of();
        }
        synchronized (this) {
            List<Map<Optional<UserId>, Set<W>>> matching = new ArrayList<>();
            byPattern.addMatching(topic, matching);
            List<W> found = new ArrayList<>();
            for (Map<Optional<UserId>, Set<W>> users : matching) {
                Set<W> waiters = users.remove(recipient);
                if (waiters != null) {
                    found.addAll(waiters);
                }
            }
            return found;
        }
    }

    /** All that wait. */
    synchronized List<W> all() {
        return List.copyOf(all);
    }
}
