package relay.message;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which topics somebody may have to do with: all of them, or those that fit each of some lists of patterns. */
public final class TopicFilter {
    /** No limit. */
    public static final TopicFilter ANY = new TopicFilter(List.of());

    private static final int MOST_DESCRIBED = 5;

    private final List<Patterns> all;

    /** One list: a topic has to fit one of it. Most are plain topics, and those cost one lookup however many they are. */
    private record Patterns(Set<Topic> exact, List<TopicPattern> families, String description) {
        static Patterns of(Collection<TopicPattern> patterns) {
            String more = patterns.size() > MOST_DESCRIBED ? ", …" : "";
            return new Patterns(
                    patterns.stream()
                            .filter(TopicPattern::isExact)
                            .map(pattern -> new Topic(pattern.text()))
                            .collect(Collectors.toSet()),
                    patterns.stream().filter(pattern -> !pattern.isExact()).toList(),
                    patterns.stream()
                                    .limit(MOST_DESCRIBED)
                                    .map(TopicPattern::text)
                                    .collect(Collectors.joining(", "))
                            + more);
        }

        List<TopicPattern> list() {
            return Stream.concat(exact.stream().map(topic -> new TopicPattern(topic.name())), families.stream())
                    .toList();
        }

        boolean allows(Topic topic) {
            if (exact.contains(topic)) {
                return true;
            }
            for (TopicPattern family : families) {
                if (family.matches(topic)) {
                    return true;
                }
            }
            return false;
        }
    }

    private TopicFilter(List<Patterns> all) {
        this.all = all;
    }

    /** The topics that fit one of these patterns; none of them: no topic at all. */
    public static TopicFilter of(Collection<TopicPattern> patterns) {
        return new TopicFilter(List.of(Patterns.of(patterns)));
    }

    /** The lists that a topic has to fit one pattern each of; none: no limit. {@link #of} and {@link #and} undo it. */
    public List<List<TopicPattern>> lists() {
        return all.stream().map(Patterns::list).toList();
    }

    /** What both allow. */
    public TopicFilter and(TopicFilter other) {
        if (all.isEmpty()) {
            return other;
        }
        if (other.all.isEmpty()) {
            return this;
        }
        List<Patterns> both = new ArrayList<>(all);
        both.addAll(other.all);
        return new TopicFilter(List.copyOf(both));
    }

    public boolean allows(Topic topic) {
        for (Patterns patterns : all) {
            if (!patterns.allows(topic)) {
                return false;
            }
        }
        return true;
    }

    /** One of these topics that is not allowed, if there is one. */
    public Optional<Topic> refused(Collection<Topic> topics) {
        return all.isEmpty()
                ? Optional.empty()
                : topics.stream().filter(topic -> !allows(topic)).findFirst();
    }

    /** What is allowed, for people: the first few patterns of each list. */
    @Override
    public String toString() {
        return all.isEmpty()
                ? "any topic"
                : all.stream()
                        .map(patterns -> patterns.description().isEmpty() ? "no topic" : patterns.description())
                        .collect(Collectors.joining("; and of these only "));
    }
}
