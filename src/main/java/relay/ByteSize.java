package relay;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as people write it: {@code 4096}, {@code 64KiB}, {@code 1MiB}.
 *
 * @param bytes from 0 to 2^31-1, the most that one buffer holds
 */
record ByteSize(int bytes) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})(B|KiB|MiB|GiB)?");
    private static final long MOST = 1L << 50;
    private static final Map<String, Integer> SHIFTS = Map.of("B", 0, "KiB", 10, "MiB", 20, "GiB", 30);

    static final class Converter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String value) {
            long bytes = bytes(value);
            if (bytes > Integer.MAX_VALUE) {
                throw new TypeConversionException("'" + value + "' is too large: a size is below 2GiB");
            }
            return new ByteSize((int) bytes);
        }
    }

    /** @throws TypeConversionException if the text is not a size, or one that is more than any machine has */
    static long bytes(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a size: write 4096, 64KiB or 1MiB");
        }
        String unit = matcher.group(2) == null ? "B" : matcher.group(2);
        long amount = Long.parseLong(matcher.group(1));
        int shift = SHIFTS.getOrDefault(unit, 0);
        if (amount > MOST >> shift) {
            throw new TypeConversionException("'" + text + "' is too large: a size is at most 1048576GiB");
        }
        return amount << shift;
    }
}
