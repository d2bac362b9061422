package relay.seeded.hub;

import relay.seeded.message.SeesTheHub;

/** What is allowed by itself, but closes the circle. */
public interface SeesTheMessage {
    void see(SeesTheHub message);
}
