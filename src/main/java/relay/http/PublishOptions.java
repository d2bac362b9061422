package relay.http;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import relay.json.JsonValue;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.uri.Parameters;

/**
 * What a publisher asks for beside the message, in the same words in the JSON and in the query. Immutable.
 *
 * @param retain whether the message becomes the retained value of its topics, or clears it
 */
record PublishOptions(Optional<Duration> ttl, Optional<ClientId> exclude, boolean retain) {
    static final PublishOptions NONE = new PublishOptions(Optional.empty(), Optional.empty(), false);

    private static final String TTL = "ttl";
    private static final String RETAIN = "retain";
    private static final long LONGEST_TTL_SECONDS = MessageOptions.LONGEST_TTL.toSeconds();
    private static final Pattern SECONDS = Pattern.compile("[1-9]\\d{0,7}");

    /**
     * Reads a query.
     *
     * @throws InvalidInputException if one of them is malformed
     */
    static PublishOptions in(Parameters query) {
        return new PublishOptions(
                query.get(TTL).map(PublishOptions::ttl),
                query.get("exclude").map(PublishOptions::exclude),
                query.get(RETAIN).map(PublishOptions::retain).orElse(false));
    }

    /** Reads the field {@code ttl} of a message. */
    static Duration ttl(JsonValue value) throws IOException {
        return Duration.ofSeconds(value.wholeNumber(TTL, 1, LONGEST_TTL_SECONDS));
    }

    private static Duration ttl(String text) {
        if (!SECONDS.matcher(text).matches() || Long.parseLong(text) > LONGEST_TTL_SECONDS) {
            throw new InvalidInputException(TTL + " takes a whole number from 1 to " + LONGEST_TTL_SECONDS);
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }

    /** Reads the id of a registration. It is a credential, so no error repeats it. */
    static ClientId exclude(String digits) {
        return ClientId.parse(digits)
                .orElseThrow(() -> new InvalidInputException(
                        "exclude takes the id of a registration: 32 lowercase hex digits, as /register answers it"));
    }

    private static boolean retain(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidInputException(RETAIN + " takes true or false");
        };
    }

    /** @param isNull whether the message is {@code null}: retained, it clears the value */
    MessageOptions forMessage(boolean isNull) {
        Retain kind = isNull ? Retain.CLEAR : Retain.VALUE;
        return MessageOptions.of(ttl, exclude, retain ? kind : Retain.NO, Optional.empty());
    }

    /** All that makes a difference, also the whole id: for a digest only. */
    String text() {
        return ttl + " " + exclude.map(ClientId::secret) + " " + retain;
    }
}
