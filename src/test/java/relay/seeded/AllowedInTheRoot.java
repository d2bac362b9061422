package relay.seeded;

import org.eclipse.jetty.server.Server;
import relay.seeded.hub.SeesTheMessage;
import relay.seeded.websocket.Wire;

/** The root may do all this. */
public final class AllowedInTheRoot {
    private AllowedInTheRoot() {}

    static void sees(SeesTheMessage hub, Wire wire, Server server) {
        System.out.println(hub + " " + wire + " " + server);
        System.exit(0);
    }
}
