package relay.message;

import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A user, who owns clients. A number and the string of its decimal digits are the same user.
 *
 * @param value 1 to {@value #MAX_CHARACTERS} characters (Unicode code points)
 */
public record UserId(String value) implements Comparable<UserId> {
    /** The most characters that a user id has. */
    public static final int MAX_CHARACTERS = 256;

    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,15}");
    private static final long MOST_EXACT = (1L << 53) - 1;
    private static final BigInteger MOST = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    /**
     * Checks the value.
     *
     * @throws InvalidInputException if it breaks the rule above
     */
    public UserId {
        Characters.requireLength("user_id", value, MAX_CHARACTERS);
    }

    /**
     * The user with a number as id.
     *
     * @throws InvalidInputException unless it is from 0 to 2^64-1
     */
    public static UserId of(BigInteger number) {
        if (number.signum() < 0 || number.compareTo(MOST) > 0) {
            throw new InvalidInputException("user_id is out of range: as a number it takes 0 to " + MOST);
        }
        return new UserId(number.toString());
    }

    /**
     * The same id as a number, if every JSON parser reads that exactly (RFC 8259 §6): browsers round numbers beyond 2^53-1, to
     * another user's.
     */
    public Optional<Long> exactNumber() {
        return NUMBER.matcher(value).matches()
                ? Optional.of(Long.valueOf(value)).filter(number -> number <= MOST_EXACT)
                : Optional.empty();
    }

    /** By characters. Also used by {@code HashMap} when many keys have the same hash. */
    @Override
    public int compareTo(UserId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
