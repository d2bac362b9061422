package relay.testing;

import java.util.OptionalInt;
import java.util.Random;

/** Where clients find relays that come and go. For any thread. */
public interface Relays {
    /** Where one of those that may run listens; empty if none does. */
    OptionalInt anyPort(Random random);
}
