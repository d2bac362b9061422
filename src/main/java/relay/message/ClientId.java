package relay.message;

import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * The name of a registration, and the credential to connect to it: 32 lowercase hex digits, a version 4 UUID (RFC 9562
 * §5.4) in its simple form.
 *
 * <p>{@link #toString} shows the first eight digits only, so that no log or error can give the credential away.
 */
public record ClientId(long high, long low) implements Comparable<ClientId> {
    private static final int DIGITS = 32;
    private static final HexFormat HEX = HexFormat.of();

    /** A new random id from a cryptographically strong source. */
    public static ClientId random() {
        UUID uuid = UUID.randomUUID();
        return new ClientId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }

    /** Parses an id; empty unless it is 32 lowercase hex digits. */
    public static Optional<ClientId> parse(String digits) {
        if (digits.length() != DIGITS || !isLowercaseHex(digits)) {
            return Optional.empty();
        }
        return Optional.of(new ClientId(
                HexFormat.fromHexDigitsToLong(digits, 0, DIGITS / 2),
                HexFormat.fromHexDigitsToLong(digits, DIGITS / 2, DIGITS)));
    }

    /** All 32 digits: only for the answer to a registration. */
    public String secret() {
        return HEX.toHexDigits(high) + HEX.toHexDigits(low);
    }

    /** The first eight digits. */
    @Override
    public String toString() {
        return HEX.toHexDigits(high).substring(0, 8);
    }

    /** The order of the digits. */
    @Override
    public int compareTo(ClientId other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh == 0 ? Long.compareUnsigned(low, other.low) : byHigh;
    }

    private static boolean isLowercaseHex(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
