package relay.message;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What a client asks for.
 *
 * @param topics of which topics, patterns among them
 * @param start from where it wants their messages; not for {@link Change#REMOVE}
 */
public record Subscription(Change change, Set<Topic> topics, StartPosition start) {
    /** The most patterns that one client may ask for: each message is compared with them, where a topic is only looked up. */
    public static final int MOST_PATTERNS = 100;

    /** What becomes of the topics that it is subscribed to. */
    public enum Change {
        /** From then on it is subscribed to the named topics and no others. */
        REPLACE,
        /** It is subscribed to the named topics too. */
        ADD,
        /** It is subscribed to the named topics no more. */
        REMOVE
    }

    /**
     * Checks how many patterns are among the topics of one client.
     *
     * @throws InvalidInputException if there are more than {@value #MOST_PATTERNS}
     */
    public static void requireFewPatterns(Collection<Topic> topics) {
        if (topics.stream().filter(Topic::isPattern).count() > MOST_PATTERNS) {
            throw new InvalidInputException("too many patterns: at most " + MOST_PATTERNS
                    + " of a client's topics are patterns, such as news.*");
        }
    }

    /** Exactly these topics. */
    public Subscription(Set<Topic> topics, StartPosition start) {
        this(Change.REPLACE, topics, start);
    }

    /** The topics of a client that asks for this and was subscribed to others. */
    public Set<Topic> appliedTo(Set<Topic> before) {
        if (change == Change.REPLACE) {
            return topics;
        }
        Set<Topic> after = new LinkedHashSet<>(before);
        if (change == Change.ADD) {
            after.addAll(topics);
        } else {
            after.removeAll(topics);
        }
        return after;
    }
}
