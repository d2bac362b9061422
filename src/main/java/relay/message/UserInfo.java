package relay.message;

import java.util.regex.Pattern;

/** The user name and password in a URL, which must not be shown. Stateless, for any thread. */
public final class UserInfo {
    private static final String MASK = "********";

    /** Up to the last @, since a password may have one unescaped. */
    private static final Pattern IN_URL = Pattern.compile("(?<=://)\\S+(?=@)");

    private UserInfo() {}

    /** Whether a URL has one. */
    public static boolean isIn(String url) {
        return IN_URL.matcher(url).find();
    }

    /** The text with asterisks instead of the ones in its URLs. */
    public static String masked(String text) {
        return IN_URL.matcher(text).replaceAll(MASK);
    }
}
