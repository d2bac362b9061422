package relay;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import relay.uri.TimeText;

/** Reads a duration as people write it: {@code 500ms}, {@code 25s}, {@code 10m}, {@code 1h}. */
final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
        return TimeText.parse(value)
                .orElseThrow(() -> new TypeConversionException("'" + value
                        + "' is not a duration: write 500ms, 25s, 10m or 1h, and " + TimeText.MOST.toHours()
                        + "h (a year) at most"));
    }
}
