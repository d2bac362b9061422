package relay.message;

import java.util.regex.Pattern;

/** A user's name and password in a URL, which nothing is to show. Stateless, for any thread. */
public final class UserInfo {
    private static final String MASK = "********";

    /** Up to the last one: a password may have what it should not have unescaped. */
    private static final Pattern IN_URL = Pattern.compile("(?<=://)\\S+(?=@)");

    private UserInfo() {}

    /** Whether a URL has any. */
    public static boolean isIn(String url) {
        return IN_URL.matcher(url).find();
    }

    /** A text with asterisks in place of those in its URLs. */
    public static String masked(String text) {
        return IN_URL.matcher(text).replaceAll(MASK);
    }
}
