package relay.message;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which topics are allowed: all, or those that match a pattern in each of some lists. Immutable, for any thread. */
public final class TopicFilter {
    /** No limit. */
    public static final TopicFilter ANY = new TopicFilter(List.of());

    /** No topic. */
    public static final TopicFilter NONE = of(List.of());

    private static final int MOST_DESCRIBED = 5;

    private final List<Patterns> all;

    /** One list: a topic has to match one of its patterns. Most are plain topics, which take only one lookup. */
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
            // A pattern is allowed if one of these covers it: TopicPattern.matches decides both.
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

    /** The topics that match one of these patterns; no patterns: no topic. */
    public static TopicFilter of(Collection<TopicPattern> patterns) {
        return new TopicFilter(List.of(Patterns.of(patterns)));
    }

    /** The lists, in each of which a topic has to match a pattern; none: no limit. {@link #of} and {@link #and} restore it. */
    public List<List<TopicPattern>> lists() {
        return all.isEmpty() ? List.of() : all.stream().map(Patterns::list).toList();
    }

    /** The topics that both allow. */
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

    /** Whether a topic is allowed; a pattern is if everything that it covers is, by one pattern of each list. */
    public boolean allows(Topic topic) {
        for (Patterns patterns : all) {
            if (!patterns.allows(topic)) {
                return false;
            }
        }
        return true;
    }

    /** Whether no topic at all is allowed, since one of the lists is empty. */
    public boolean isNothing() {
        return all.stream()
                .anyMatch(patterns ->
                        patterns.exact().isEmpty() && patterns.families().isEmpty());
    }

    /** The first of these topics that is not allowed. */
    public Optional<Topic> refused(Collection<Topic> topics) {
        return all.isEmpty()
                ? Optional.empty()
                : topics.stream().filter(topic -> !allows(topic)).findFirst();
    }

    /** For people: the first few patterns of each list. */
    @Override
    public String toString() {
        return all.isEmpty()
                ? "any topic"
                : all.stream()
                        .map(patterns -> patterns.description().isEmpty() ? "no topic" : patterns.description())
                        .collect(Collectors.joining("; and of these only "));
    }
}
