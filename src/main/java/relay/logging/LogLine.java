package relay.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Formats each event as one line, whatever clients send: line breaks and control characters become spaces, and a stack trace
 * is on the same line. For any thread.
 */
final class LogLine extends EncoderBase<ILoggingEvent> {
    private static final int LEVEL_WIDTH = 5;
    private static final byte[] NOTHING = {};

    private final DateTimeFormatter time = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT)
            .withZone(ZoneId.systemDefault());

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder();
        time.formatTo(event.getInstant(), line);
        String level = event.getLevel().toString();
        line.append(' ').append(level).append(" ".repeat(LEVEL_WIDTH - level.length() + 1));
        String logger = event.getLoggerName();
        line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(": ");
        appendPrintable(
                line, event.getFormattedMessage() + " " + ThrowableProxyUtil.asString(event.getThrowableProxy()));
        return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    /** Appends the text with each run of other characters as one space, and none at the end. */
    private static void appendPrintable(StringBuilder line, String text) {
        boolean gap = false;
        for (char character : text.stripTrailing().toCharArray()) {
            if (!isPrintable(character)) {
                gap = true;
                continue;
            }
            if (gap) {
                line.append(' ');
                gap = false;
            }
            line.append(character);
        }
    }

    /** Whether it is neither a control character nor a line or paragraph separator. */
    private static boolean isPrintable(char character) {
        return (character >= ' ' && character <= '~')
                || (character >= '\u00a0' && character <= '\u2027')
                || (character >= '\u2030' && character <= '\ufffd');
    }
}
