package relay.engine.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import relay.engine.redis.FollowedTopics.Followed;
import relay.message.Topic;

/**
 * The patterns that are followed, by what they begin with: which of them bring a topic is found without looking at all. For any thread;
 * changed by one at a time.
 */
final class FollowedPatterns {
    private static final char WILDCARD = '*';

    /** By what is before the first wildcard: nothing, or some segments and a dot. */
    private final Map<String, Set<Followed>> byBeginning = new ConcurrentHashMap<>();

    boolean isEmpty() {
        return byBeginning.isEmpty();
    }

    void add(Followed pattern) {
        byBeginning
                .computeIfAbsent(beginning(pattern.topic), first -> ConcurrentHashMap.newKeySet())
                .add(pattern);
    }

    void remove(Followed pattern) {
        byBeginning.computeIfPresent(beginning(pattern.topic), (beginning, all) -> {
            all.remove(pattern);
            return all.isEmpty() ? null : all;
        });
    }

    /** What every topic that matches a pattern begins with. */
    static String beginning(Topic pattern) {
        return pattern.name().substring(0, pattern.name().indexOf(WILDCARD));
    }

    /** These, and all whose glob the server matches a topic's channel with: each brings a copy, also where the pattern does not match. */
    List<Followed> withThoseBringing(Topic topic, List<Followed> exact) {
        List<Followed> all = new ArrayList<>(exact);
        String name = topic.name();
        int end = 0;
        do {
            for (Followed pattern : byBeginning.getOrDefault(name.substring(0, end), Set.of())) {
                if (brings(pattern.topic.name(), name)) {
                    all.add(pattern);
                }
            }
            end = name.indexOf('.', end) + 1;
        } while (end > 0);
        return all;
    }

    /** Whether the server finds that a glob matches: a wildcard stands for any characters there, also for none and for dots. */
    static boolean brings(String pattern, String name) {
        int here = 0;
        int there = 0;
        int wildcard = -1;
        int retry = 0;
        while (there < name.length()) {
            if (here < pattern.length() && pattern.charAt(here) == WILDCARD) {
                wildcard = here++;
                retry = there;
            } else if (here < pattern.length() && pattern.charAt(here) == name.charAt(there)) {
                here++;
                there++;
            } else if (wildcard >= 0) {
                here = wildcard + 1;
                there = ++retry;
            } else {
                return false;
            }
        }
        while (here < pattern.length() && pattern.charAt(here) == WILDCARD) {
            here++;
        }
        return here == pattern.length();
    }
}
