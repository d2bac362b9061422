package relay.seeded.message;

import relay.seeded.hub.SeesTheMessage;

public interface SeesTheHub {
    void see(SeesTheMessage hub);
}
