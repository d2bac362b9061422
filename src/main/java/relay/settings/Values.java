package relay.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.event.Level;
import picocli.CommandLine.TypeConversionException;
import relay.engine.disk.DiskOptions;
import relay.message.UserInfo;
import relay.uri.TimeText;

/** Reads values as people write them. Each method throws a {@link TypeConversionException} that says what would be right. Stateless. */
public final class Values {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})(B|KiB|MiB|GiB)?");
    private static final Map<String, Integer> SHIFTS = Map.of("B", 0, "KiB", 10, "MiB", 20, "GiB", 30);
    private static final long LARGEST_SIZE = 1L << 50;

    private Values() {}

    /** A time: {@code 500ms}, {@code 25s}, {@code 10m}, {@code 1h}, to a year. */
    public static Duration time(String text) {
        return TimeText.parse(text)
                .orElseThrow(() -> new TypeConversionException("'" + text
                        + "' is not a duration: write 500ms, 25s, 10m or 1h, and " + TimeText.MOST.toHours()
                        + "h (a year) at most"));
    }

    static int wholeNumber(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not a whole number, 2147483647 at most");
        }
    }

    /** A number of bytes that one buffer can hold: {@code 4096}, {@code 64KiB}, {@code 1MiB}. */
    static int size(String text) {
        long bytes = memorySize(text);
        if (bytes > Integer.MAX_VALUE) {
            throw new TypeConversionException("'" + text + "' is too large: a size is below 2GiB");
        }
        return (int) bytes;
    }

    /** A number of bytes that need not fit into one buffer. */
    static long memorySize(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a size: write 4096, 64KiB or 1MiB");
        }
        String unit = matcher.group(2) == null ? "B" : matcher.group(2);
        long amount = Long.parseLong(matcher.group(1));
        int shift = SHIFTS.getOrDefault(unit, 0);
        if (amount > LARGEST_SIZE >> shift) {
            throw new TypeConversionException("'" + text + "' is too large: a size is at most 1048576GiB");
        }
        return amount << shift;
    }

    static boolean onOrOff(String text) {
        if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
            throw new TypeConversionException("'" + text + "' is not a boolean: write true or false");
        }
        return Boolean.parseBoolean(text);
    }

    static Level level(String text) {
        try {
            return Level.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("'" + text + "' is not a level: write error, warn, info, debug or trace");
        }
    }

    static DiskOptions.Sync sync(String text) {
        try {
            return DiskOptions.Sync.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("'" + text + "' is not a time to answer: write batch or none");
        }
    }

    /** The name of a file. Java writes it in the encoding of the locale, which may have only ASCII. */
    public static Path file(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + text + "' cannot name a file: " + e.getReason()
                    + " (with LC_ALL=C.UTF-8 in the environment any character can)");
        }
    }

    static URI url(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new TypeConversionException(
                    "'" + UserInfo.masked(text) + "' is not a URL such as https://example.com/relay");
        }
    }
}
