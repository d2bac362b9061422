package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import relay.message.ClientId;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.UserId;

/**
 * The options of a message as the server holds them: {@code <ttl in s or ->,<id of the excluded registration or ->,<n, v or c>}, where a
 * client published it behind that {@code ,<its user in Base64>}; or nothing where there are none. Stateless.
 */
final class OptionsField {
    private static final String NONE = "-";
    private static final int FIELDS = 3;

    /** Those of what a client published: versions that know no others take it for damaged. */
    private static final int FIELDS_WITH_USER = 4;

    private OptionsField() {}

    static String of(MessageOptions options) {
        if (options.equals(MessageOptions.NONE)) {
            return "";
        }
        return options.ttl().map(ttl -> Long.toString(ttl.toSeconds())).orElse(NONE) + ","
                + options.exclude().map(ClientId::secret).orElse(NONE) + "," + retain(options)
                + options.from().map(user -> "," + base64(user)).orElse("");
    }

    /** It may have spaces, commas and line feeds. */
    private static String base64(UserId user) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(user.value().getBytes(StandardCharsets.UTF_8));
    }

    private static UserId user(String base64) {
        return new UserId(new String(Base64.getUrlDecoder().decode(base64), StandardCharsets.UTF_8));
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
        if (fields.length != FIELDS && fields.length != FIELDS_WITH_USER) {
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
                },
                fields.length == FIELDS ? Optional.empty() : Optional.of(user(fields[3])));
    }
}
