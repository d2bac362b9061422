package relay.seeded.http;

import relay.seeded.websocket.Wire;

public interface SeesTheOtherWire {
    void see(Wire wire);
}
