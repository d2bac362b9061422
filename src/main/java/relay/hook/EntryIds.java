package relay.hook;

import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import relay.message.InvalidInputException;

/**
 * Makes the ids of events: 16 hex digits that only grow and begin with the time, and 8 that tell two relays, and two starts of one,
 * apart. Guarded by its owner's lock.
 */
final class EntryIds {
    private static final HexFormat HEX = HexFormat.of();
    private static final int DIGITS = 16;
    private static final int BITS_BELOW_MILLIS = 16;

    private final InstantSource clock;
    private final String start = HEX.toHexDigits(ThreadLocalRandom.current().nextInt());
    private long last;

    EntryIds(InstantSource clock) {
        this.clock = clock;
    }

    /** @throws InvalidInputException if a text has not the form of an id */
    static void requireForm(String id) {
        if (id.length() <= DIGITS || !id.substring(0, DIGITS).chars().allMatch(HexFormat::isHexDigit)) {
            throw new InvalidInputException("not the id of an event");
        }
    }

    /** The next ids are greater than this one, wherever the clock is. */
    void goOnAfter(String id) {
        if (!id.isEmpty()) {
            last = Math.max(last, HexFormat.fromHexDigitsToLong(id, 0, DIGITS));
        }
    }

    String next() {
        last = Math.max(last + 1, clock.millis() << BITS_BELOW_MILLIS);
        return HEX.toHexDigits(last) + "-" + start;
    }
}
