package relay.message;

/**
 * A topic, or a pattern of topics. {@code *} as a segment between dots stands for exactly one segment, a final {@code **} for one or
 * more: {@code news.*} matches {@code news.sports} but neither {@code news} nor {@code news.sports.tennis}, and {@code news.**}
 * matches both of {@code news.sports} and {@code news.sports.tennis}. A wildcard stands for no empty segment.
 *
 * @param text 1 to {@value Topic#MAX_CHARACTERS} characters, none of them a control character
 */
public record TopicPattern(String text) {
    private static final char DOT = '.';
    private static final String ANY_SEGMENT = "*";
    private static final String ANY_REST = "**";

    /**
     * Checks the pattern.
     *
     * @throws InvalidInputException if it breaks the rules of a topic, has {@code *} as part of a segment, {@code **} before its end, or
     *     an empty segment beside a wildcard
     */
    public TopicPattern {
        Topic.requireText(text);
        requireForm(text);
    }

    /** The pattern that is a topic, or that it stands for. */
    public static TopicPattern of(Topic topic) {
        return new TopicPattern(topic.name());
    }

    /** @throws InvalidInputException if a text with the characters of a topic is no pattern */
    static void requireForm(String text) {
        boolean wildcard = Topic.hasWildcard(text);
        int begin = 0;
        while (begin <= text.length()) {
            int end = segmentEnd(text, begin);
            String segment = text.substring(begin, end);
            boolean last = end == text.length();
            if (segment.equals(ANY_REST) && !last) {
                throw new InvalidInputException(
                        "pattern \"" + text + "\" has ** before its end: it stands for the rest, such as in news.**");
            }
            if (segment.contains(ANY_SEGMENT) && !segment.equals(ANY_SEGMENT) && !segment.equals(ANY_REST)) {
                throw new InvalidInputException(
                        "* is part of a segment: it stands for a whole one between dots, such as news.*");
            }
            if (wildcard && segment.isEmpty()) {
                throw new InvalidInputException(
                        "pattern \"" + text + "\" has an empty segment: write one or more characters between two dots");
            }
            begin = end + 1;
        }
    }

    /** Whether it is a plain topic. */
    boolean isExact() {
        return !text.contains(ANY_SEGMENT);
    }

    /** Whether the topic is this one, or matches this pattern. */
    public boolean matches(Topic topic) {
        return matches(text, topic.name());
    }

    /** Whether every topic that matches the other matches this one too. */
    public boolean covers(TopicPattern other) {
        return matches(text, other.text);
    }

    /** Also for another pattern in place of the name: then whether all of its topics match. */
    static boolean matches(String pattern, String name) {
        int here = 0;
        int there = 0;
        while (true) {
            int hereEnd = segmentEnd(pattern, here);
            int thereEnd = segmentEnd(name, there);
            if (isSegment(pattern, here, hereEnd, ANY_REST)) {
                return hasNoEmptySegment(name, there);
            }
            boolean any = isSegment(pattern, here, hereEnd, ANY_SEGMENT)
                    && thereEnd > there
                    && !isSegment(name, there, thereEnd, ANY_REST);
            boolean same =
                    hereEnd - here == thereEnd - there && pattern.regionMatches(here, name, there, hereEnd - here);
            if (!any && !same) {
                return false;
            }
            boolean hereLast = hereEnd == pattern.length();
            boolean thereLast = thereEnd == name.length();
            if (hereLast || thereLast) {
                return hereLast && thereLast;
            }
            here = hereEnd + 1;
            there = thereEnd + 1;
        }
    }

    private static boolean isSegment(String name, int begin, int end, String segment) {
        return end - begin == segment.length() && name.startsWith(segment, begin);
    }

    static boolean hasNoEmptySegment(String name, int from) {
        int begin = from;
        while (begin <= name.length()) {
            int end = segmentEnd(name, begin);
            if (end == begin) {
                return false;
            }
            begin = end + 1;
        }
        return true;
    }

    private static int segmentEnd(String name, int from) {
        int dot = name.indexOf(DOT, from);
        return dot < 0 ? name.length() : dot;
    }

    @Override
    public String toString() {
        return text;
    }
}
