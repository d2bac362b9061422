package relay.hub;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import relay.client.RegistrationChange;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UnavailableException;

/**
 * How one relay asks another to change a client that is connected there, and is answered. Each line begins with a letter that says what
 * it is; topics and patterns have no control characters, so a line holds one.
 */
final class ChangeText {
    private static final TopicPattern EVERYTHING = new TopicPattern("**");

    /** Which client, by which claim it is served there, and what to change. */
    record Question(ClientId id, long claim, RegistrationChange change) {}

    private ChangeText() {}

    static String of(Question question) {
        StringBuilder text = new StringBuilder();
        line(text, 'i', question.id().secret());
        line(text, 'n', Long.toString(question.claim()));
        line(text, 't', Integer.toString(question.change().mostTopics()));
        question.change().add().forEach(topic -> line(text, '+', topic.name()));
        question.change().remove().forEach(topic -> line(text, '-', topic.name()));
        question.change().allow().ifPresent(filter -> lines(text, 'A', 'a', filter));
        question.change().publish().ifPresent(filter -> lines(text, 'P', 'p', filter));
        return text.toString();
    }

    /** A line with a capital before each list of a filter; one without lists allows everything. */
    private static void lines(StringBuilder text, char list, char pattern, TopicFilter filter) {
        List<List<TopicPattern>> lists = filter.lists().isEmpty() ? List.of(List.of(EVERYTHING)) : filter.lists();
        for (List<TopicPattern> one : lists) {
            line(text, list, "");
            one.forEach(each -> line(text, pattern, each.text()));
        }
    }

    static Question parseQuestion(String text) {
        String id = "";
        long claim = 0;
        int mostTopics = 0;
        Set<Topic> add = new LinkedHashSet<>();
        Set<Topic> remove = new LinkedHashSet<>();
        List<List<TopicPattern>> allow = new ArrayList<>();
        List<List<TopicPattern>> publish = new ArrayList<>();
        for (String line : split(text)) {
            String rest = line.substring(1);
            switch (line.charAt(0)) {
                case 'i' -> id = rest;
                case 'n' -> claim = Long.parseLong(rest);
                case 't' -> mostTopics = Integer.parseInt(rest);
                case '+' -> add.add(new Topic(rest));
                case '-' -> remove.add(new Topic(rest));
                case 'A' -> allow.add(new ArrayList<>());
                case 'a' -> allow.get(allow.size() - 1).add(new TopicPattern(rest));
                case 'P' -> publish.add(new ArrayList<>());
                case 'p' -> publish.get(publish.size() - 1).add(new TopicPattern(rest));
                default ->
                    throw new IllegalArgumentException("another relay asks for a change that this one does not know");
            }
        }
        return new Question(
                ClientId.parse(id).orElseThrow(),
                claim,
                new RegistrationChange(add, remove, filter(allow), filter(publish), mostTopics));
    }

    private static Optional<TopicFilter> filter(List<List<TopicPattern>> lists) {
        return lists.stream().map(TopicFilter::of).reduce(TopicFilter::and);
    }

    static byte[] of(ChangeOutcome outcome) {
        StringBuilder text = new StringBuilder();
        outcome.changed()
                .ifPresentOrElse(
                        changed -> {
                            line(
                                    text,
                                    changed.refused().isPresent() ? 'r' : 'c',
                                    changed.refused().orElse(""));
                            changed.topics().forEach(topic -> line(text, '+', topic.name()));
                        },
                        () -> line(text, outcome.isAwaited() ? 'w' : 'm', ""));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The answer if it cannot be done now. */
    static byte[] of(UnavailableException failure) {
        return ("f" + failure.detail() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads an answer.
     *
     * @throws UnavailableException if that is the answer, or this is none
     */
    static ChangeOutcome parseOutcome(ClientId id, byte[] answer) {
        List<String> lines = split(new String(answer, StandardCharsets.UTF_8));
        String first = lines.isEmpty() ? "?" : lines.get(0);
        String rest = first.substring(1);
        return switch (first.charAt(0)) {
            case 'c' -> done(id, lines, Optional.empty());
            case 'r' -> done(id, lines, Optional.of(rest));
            case 'm' -> ChangeOutcome.MOVED;
            case 'w' -> ChangeOutcome.AWAITED;
            case 'f' -> throw UnavailableException.engine(rest);
            default ->
                throw UnavailableException.engine(
                        "the relay that serves this client does not know how to change it: is it of an older version?");
        };
    }

    private static ChangeOutcome done(ClientId id, List<String> lines, Optional<String> refused) {
        Set<Topic> topics = new LinkedHashSet<>();
        lines.subList(1, lines.size()).forEach(line -> topics.add(new Topic(line.substring(1))));
        return ChangeOutcome.of(new Registrar.Changed(id, topics, refused));
    }

    /** Not by String.lines: a topic may have what that takes for the end of one. */
    private static List<String> split(String text) {
        String[] all = text.split("\n", -1);
        return List.of(all).subList(0, all.length - 1);
    }

    private static void line(StringBuilder text, char what, String rest) {
        text.append(what).append(rest).append('\n');
    }
}
