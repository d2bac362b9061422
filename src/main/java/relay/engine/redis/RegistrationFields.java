package relay.engine.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import relay.client.Overflow;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UserId;

/** A registration as the server holds it: the fields of a hash. Topics and patterns have no control characters, so a line holds one. */
final class RegistrationFields {
    /** No lists would be none of what it may publish to. */
    private static final TopicFilter EVERYTHING = TopicFilter.of(List.of(new TopicPattern("**")));

    private RegistrationFields() {}

    /** Names and values of all fields of one that nobody has claimed. */
    static List<String> of(Registration registration) {
        return of(registration, topics(registration.topics()), 0, "", OptionalLong.empty(), 0);
    }

    /**
     * Names and values of all fields.
     *
     * @param topics what it asks for, as {@link #topics} writes it
     * @param claim the number of the last claim; 0: there was none
     * @param owner the relay that serves it; empty: none
     * @param cursor empty: there is none
     * @param version of what the owner has written
     */
    static List<String> of(
            Registration registration, String topics, long claim, String owner, OptionalLong cursor, long version) {
        List<String> fields = new ArrayList<>(List.of(
                "user",
                registration.user().value(),
                "topics",
                topics,
                "keep",
                Long.toString(registration.keep().toMillis()),
                "overflow",
                registration.overflow().toString(),
                "number",
                Long.toString(claim),
                "owner",
                owner));
        fields.addAll(permissions(registration));
        cursor.ifPresent(sequence -> fields.addAll(List.of("cursor", Long.toString(sequence))));
        if (version > 0) {
            fields.addAll(List.of("version", Long.toString(version)));
        }
        return fields;
    }

    /**
     * Names and values of the fields that another credential, or its backend, changes: all lists of what it may ask for, how many of
     * these are the registration's own, what it may publish to, and its end.
     */
    static List<String> permissions(Registration registration) {
        return List.of(
                "allow",
                filter(registration.allowed().and(registration.granted())),
                "own",
                Integer.toString(registration.allowed().lists().size()),
                "publish",
                filter(registration.publish() == TopicFilter.ANY ? EVERYTHING : registration.publish()),
                "ends",
                registration
                        .ends()
                        .map(end -> Long.toString(end.toEpochMilli()))
                        .orElse(""));
    }

    /** A line for each: the sequence, and the topic. */
    static String topics(Map<Topic, Long> topics) {
        return topics.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey().name() + "\n")
                .collect(Collectors.joining());
    }

    /** A line for each: the topic. */
    static String names(Collection<Topic> topics) {
        return topics.stream().map(topic -> topic.name() + "\n").collect(Collectors.joining());
    }

    /** An empty line before each list, and a line for each pattern of it. */
    private static String filter(TopicFilter filter) {
        return filter.lists().stream()
                .map(list -> "\n"
                        + list.stream().map(pattern -> pattern.text() + "\n").collect(Collectors.joining()))
                .collect(Collectors.joining());
    }

    /** Reads a reply that begins with a number and goes on with user, topics, allow, keep, ends, own, overflow and publish. */
    static Registration parse(ClientId id, Reply reply) {
        String ends = reply.text(5);
        List<TopicFilter> lists = parseLists(reply.text(3));
        // Older versions did not say which are of the credential: none, so that no other credential takes a limit away.
        int own = reply.text(6).isEmpty() ? lists.size() : Integer.parseInt(reply.text(6));
        return new Registration(
                id,
                new UserId(reply.text(1)),
                parseTopics(reply.text(2), all(lists)),
                all(lists.subList(0, own)),
                all(lists.subList(own, lists.size())),
                parsePublish(reply.text(8)),
                Duration.ofMillis(Long.parseLong(reply.text(4))),
                parseOverflow(reply.text(7)),
                ends.isEmpty() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(Long.parseLong(ends))));
    }

    /** Older versions did not write it: their clients publish nothing. */
    private static TopicFilter parsePublish(String lines) {
        return lines.isEmpty() ? TopicFilter.NONE : all(parseLists(lines));
    }

    /** Older versions did not write it: they had one only. */
    private static Overflow parseOverflow(String word) {
        return Stream.of(Overflow.values())
                .filter(one -> one.toString().equals(word))
                .findFirst()
                .orElse(Overflow.CLOSE);
    }

    /** @param allowed by the registration and the credential */
    private static Map<Topic, Long> parseTopics(String lines, TopicFilter allowed) {
        Map<Topic, Long> topics = new LinkedHashMap<>();
        for (String line : split(lines)) {
            int space = line.indexOf(' ');
            long sequence = Long.parseLong(line.substring(0, space));
            topic(line.substring(space + 1), allowed).ifPresent(topic -> topics.put(topic, sequence));
        }
        return topics;
    }

    /**
     * Older versions took a pattern for the name of a topic, and asked nobody whether all that it covers is allowed: such are left out,
     * as are names that are none any more.
     */
    private static Optional<Topic> topic(String name, TopicFilter allowed) {
        try {
            return Optional.of(new Topic(name)).filter(topic -> !topic.isPattern() || allowed.allows(topic));
        } catch (InvalidInputException e) {
            return Optional.empty();
        }
    }

    private static TopicFilter all(List<TopicFilter> filters) {
        return filters.stream().reduce(TopicFilter.ANY, TopicFilter::and);
    }

    private static List<TopicFilter> parseLists(String lines) {
        List<List<TopicPattern>> lists = new ArrayList<>();
        for (String line : split(lines)) {
            if (line.isEmpty()) {
                lists.add(new ArrayList<>());
            } else {
                lists.get(lists.size() - 1).add(new TopicPattern(line));
            }
        }
        return lists.stream().map(TopicFilter::of).toList();
    }

    /** Not by String.lines: a topic may have what that takes for the end of one. */
    private static List<String> split(String lines) {
        String[] all = lines.split("\n", -1);
        return List.of(all).subList(0, all.length - 1);
    }
}
