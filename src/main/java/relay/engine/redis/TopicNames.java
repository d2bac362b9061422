package relay.engine.redis;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import relay.message.Topic;

/**
 * The topics with a past, or with a retained value, that match a pattern, page by page, each once; also those that no relay follows. By
 * one thread at a time, and by none before the page it has asked for has come.
 */
final class TopicNames {
    /** The most names of a page. */
    static final int PAGE = 100;

    /** The most topics of one pattern: if there are more, the past of the others counts as missing. */
    static final int MOST_TOPICS = 100_000;

    /** Above every byte of UTF-8. */
    private static final int LAST = 0xFF;

    private final RedisConnection connection;
    private final Topic pattern;
    private final byte[] last;
    private final Set<Topic> seen = new HashSet<>();
    /** In this order: a set that becomes the one before meanwhile is read twice, not never. */
    private final List<String[]> sets;

    private int set;
    private byte[] from;
    private boolean whole = true;

    /** Those with a past, or with a retained value. */
    static TopicNames ofAll(Keys keys, RedisConnection connection, Topic pattern) {
        return new TopicNames(
                connection,
                pattern,
                List.of(
                        new String[] {keys.topicNames(), keys.last()},
                        new String[] {keys.topicNamesBefore(), keys.lastBefore()},
                        retained(keys)));
    }

    /** Those with a retained value. */
    static TopicNames ofRetained(Keys keys, RedisConnection connection, Topic pattern) {
        return new TopicNames(connection, pattern, List.<String[]>of(retained(keys)));
    }

    private static String[] retained(Keys keys) {
        return new String[] {keys.retainedNames(), keys.retainedNames()};
    }

    private TopicNames(RedisConnection connection, Topic pattern, List<String[]> sets) {
        this.connection = connection;
        this.pattern = pattern;
        String beginning = FollowedPatterns.beginning(pattern);
        this.last = beginning.isEmpty() ? bytes("+") : bound("(" + beginning, LAST);
        this.from = first();
        this.sets = sets;
    }

    private byte[] first() {
        String beginning = FollowedPatterns.beginning(pattern);
        return bytes(beginning.isEmpty() ? "(" : "[" + beginning);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bound(String text, int end) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(bytes(text));
        bytes.write(end);
        return bytes.toByteArray();
    }

    /** Whether these are all, as far as they have come: the server may have dropped names, or there are too many. */
    boolean isWhole() {
        return whole;
    }

    /** The next ones, at most {@value #PAGE}; none: there are no more. */
    CompletionStage<List<Topic>> next() {
        if (set == sets.size()) {
            return CompletableFuture.completedStage(List.of());
        }
        return connection.call(Script.NAMES, sets.get(set), from, last, PAGE).thenCompose(reply -> {
            List<Topic> fresh = take(reply);
            // Where many do not match, or are known already. Each call is answered later: no recursion grows of that.
            return fresh.isEmpty() ? next() : CompletableFuture.completedStage(fresh);
        });
    }

    private List<Topic> take(Reply reply) {
        boolean retained = set == sets.size() - 1;
        whole &= retained || reply.number(0) == 1;
        List<String> names = reply.list(1).stream().map(Reply::text).toList();
        if (names.size() < PAGE) {
            set++;
            from = first();
        } else {
            from = bytes("(" + names.get(names.size() - 1));
        }
        Set<Topic> matching = names.stream()
                .map(name -> retained ? name.substring(0, name.indexOf('\n')) : name)
                .filter(name -> !name.isEmpty())
                .map(Topic::new)
                .filter(topic -> pattern.matches(topic) && !seen.contains(topic))
                .collect(Collectors.toSet());
        if (seen.size() + matching.size() > MOST_TOPICS) {
            whole = false;
            set = sets.size();
            return List.of();
        }
        seen.addAll(matching);
        return List.copyOf(matching);
    }
}
