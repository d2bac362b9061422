package relay.engine.redis;

import java.time.Duration;
import java.util.Optional;
import relay.message.ClientId;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;

/**
 * The options of a message as the server holds them: {@code <ttl in s or ->,<id of the excluded registration or ->,<n, v or c>}, or
 * nothing where there are none. Stateless.
 */
final class OptionsField {
    private static final String NONE = "-";
    private static final int FIELDS = 3;

    private OptionsField() {}

    static String of(MessageOptions options) {
        if (options.equals(MessageOptions.NONE)) {
            return "";
        }
        return options.ttl().map(ttl -> Long.toString(ttl.toSeconds())).orElse(NONE) + ","
                + options.exclude().map(ClientId::secret).orElse(NONE) + "," + retain(options);
    }

    /** What becomes of the retained value: {@code n} nothing, {@code v} it is this message, {@code c} it is cleared. */
    static String retain(MessageOptions options) {
        return switch (options.retain()) {
            case NO -> "n";
            case VALUE -> "v";
            case CLEAR -> "c";
        };
    }

    /** Throws a {@link RuntimeException} if it is none. */
    static MessageOptions parse(String text) {
        if (text.isEmpty()) {
            return MessageOptions.NONE;
        }
        String[] fields = text.split(",", -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("not the options of a message");
        }
        return new MessageOptions(
                fields[0].equals(NONE) ? Optional.empty() : Optional.of(Duration.ofSeconds(Long.parseLong(fields[0]))),
                fields[1].equals(NONE)
                        ? Optional.empty()
                        : Optional.of(ClientId.parse(fields[1]).orElseThrow()),
                switch (fields[2]) {
                    case "n" -> Retain.NO;
                    case "v" -> Retain.VALUE;
                    case "c" -> Retain.CLEAR;
                    default -> throw new IllegalArgumentException("not the options of a message");
                });
    }
}
