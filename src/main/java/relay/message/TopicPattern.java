package relay.message;

/**
 * A topic, or a pattern of topics: {@code *} as a whole segment between dots matches any one segment, so {@code news.*}
 * matches {@code news.sports} but neither {@code news} nor {@code news.sports.tennis}.
 *
 * @param text 1 to {@value Topic#MAX_CHARACTERS} characters, none of them a control character
 */
public record TopicPattern(String text) {
    private static final char DOT = '.';
    private static final String ANY_SEGMENT = "*";

    /**
     * Checks the pattern.
     *
     * @throws InvalidInputException if it breaks the rules of a topic, or has {@code *} as part of a segment
     */
    public TopicPattern {
        Topic.requireText(text);
        for (String segment : text.split("\\.", -1)) {
            if (segment.contains(ANY_SEGMENT) && !segment.equals(ANY_SEGMENT)) {
                throw new InvalidInputException(
                        "* is part of a segment: it stands for a whole one between dots, such as news.*");
            }
        }
    }

    /** Whether it is a plain topic. */
    boolean isExact() {
        return !text.contains(ANY_SEGMENT);
    }

    /** Whether the topic is this one, or matches this pattern. */
    public boolean matches(Topic topic) {
        String name = topic.name();
        int here = 0;
        int there = 0;
        while (true) {
            int hereEnd = segmentEnd(text, here);
            int thereEnd = segmentEnd(name, there);
            boolean any = text.startsWith(ANY_SEGMENT, here) && thereEnd > there;
            boolean same = hereEnd - here == thereEnd - there && text.regionMatches(here, name, there, hereEnd - here);
            if (!any && !same) {
                return false;
            }
            boolean hereLast = hereEnd == text.length();
            boolean thereLast = thereEnd == name.length();
            if (hereLast || thereLast) {
                return hereLast && thereLast;
            }
            here = hereEnd + 1;
            there = thereEnd + 1;
        }
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
