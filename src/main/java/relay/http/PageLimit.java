package relay.http;

import java.util.regex.Pattern;
import relay.message.InvalidInputException;
import relay.uri.Parameters;

/** Reads how many things a page of a listing may have. Stateless. */
final class PageLimit {
    private static final int DEFAULT = 100;
    private static final int MOST = 1000;
    private static final Pattern FORM = Pattern.compile("[1-9]\\d{0,3}");

    private PageLimit() {}

    /** @throws InvalidInputException if it is anything but a number from 1 to {@value #MOST} */
    static int of(Parameters parameters) {
        return parameters.get("limit").map(PageLimit::parse).orElse(DEFAULT);
    }

    private static int parse(String text) {
        if (!FORM.matcher(text).matches() || Integer.parseInt(text) > MOST) {
            throw new InvalidInputException("limit takes a whole number from 1 to " + MOST);
        }
        return Integer.parseInt(text);
    }
}
