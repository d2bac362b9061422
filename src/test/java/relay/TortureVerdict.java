package relay;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import relay.TortureTest.Published;
import relay.TortureTest.Story;
import relay.TortureTest.Sufferer;

/**
 * How many faults of the relay there are over all clients of {@link TortureTest}.
 *
 * @param unasked what came of a topic before its backend asked for that, or after it had been told that it was taken away
 * @param misnamed envelopes that do not name the first of their message's topics that the client asks for, or who published it
 * @param tooSlow how often a client was closed with 4408 that is to catch up instead
 */
record TortureVerdict(
        int owed, int missing, int repeated, int reordered, int unasked, int misnamed, int gaps, int tooSlow) {
    private static final Pattern ENVELOPE = Pattern.compile(
            "\\{\"id\":\"(.*?-(\\d+))\",\"time\":\"[^\"]+\",\"topic\":\"([^\"]+)\",(?:\"from\":(\\d+),)?\"message\":\"(.*)\"}");

    record Frame(String id, long sequence, String topic, OptionalInt from, String text) {}

    static TortureVerdict of(List<Published> published, List<Story> stories) {
        Map<String, Published> byText =
                published.stream().collect(Collectors.toMap(Published::text, message -> message));
        int owed = 0;
        int missing = 0;
        int repeated = 0;
        int reordered = 0;
        int unasked = 0;
        int misnamed = 0;
        int gaps = 0;
        int tooSlow = 0;
        for (Story story : stories) {
            Set<String> texts = new HashSet<>();
            Set<String> ids = new HashSet<>();
            long last = 0;
            for (String received : story.frames()) {
                if (received.startsWith("{\"gap\"")) {
                    gaps++;
                } else if (story.who().kind() == TortureTest.Kind.RAW) {
                    texts.add(received);
                } else {
                    Frame frame = frame(received);
                    misnamed += isNamedRight(story.who(), frame, byText.get(frame.text())) ? 0 : 1;
                    if (ids.add(frame.id())) {
                        repeated += texts.add(frame.text()) ? 0 : 1;
                        reordered += frame.sequence() > last ? 0 : 1;
                        last = frame.sequence();
                    }
                }
            }
            for (String text : texts) {
                unasked += mayHave(story, byText.get(text)) ? 0 : 1;
            }
            for (Published message : published) {
                if (mustHave(story, message)) {
                    owed++;
                    missing += texts.contains(message.text()) ? 0 : 1;
                }
            }
            tooSlow += story.tooSlow();
        }
        return new TortureVerdict(owed, missing, repeated, reordered, unasked, misnamed, gaps, tooSlow);
    }

    /** Of what its backend took away, nothing is owed: a client that is behind may be so from the first message. */
    private static boolean mustHave(Story story, Published message) {
        boolean isAfter = message.topics().contains(TortureTest.AFTER);
        return story.who().topicOf(message).isPresent()
                && !message.topics().contains(TortureTest.BEFORE)
                && message.beganAt() > (isAfter ? story.move().answeredAt() : story.openedAt());
    }

    /** Who says itself where it goes on goes on there in a new topic too. */
    private static boolean mayHave(Story story, @Nullable Published message) {
        if (message == null) {
            return false;
        }
        boolean isTooEarly = message.topics().contains(TortureTest.AFTER)
                && message.endedAt() < story.move().askedAt()
                && story.who().kind() != TortureTest.Kind.OWN_CURSOR;
        boolean isTooLate = message.topics().contains(TortureTest.BEFORE)
                && message.beganAt() > story.move().answeredAt();
        return !isTooEarly && !isTooLate;
    }

    private static boolean isNamedRight(Sufferer who, Frame frame, @Nullable Published message) {
        return message != null
                && frame.sequence() == message.sequence()
                && frame.from().equals(message.from())
                && who.topicOf(message).equals(Optional.of(frame.topic()));
    }

    static Frame frame(String envelope) {
        Matcher matcher = ENVELOPE.matcher(envelope);
        if (!matcher.matches()) {
            throw new AssertionError("not an envelope: " + envelope);
        }
        String from = matcher.group(4);
        return new Frame(
                matcher.group(1),
                Long.parseLong(matcher.group(2)),
                matcher.group(3),
                from == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(from)),
                matcher.group(5));
    }
}
