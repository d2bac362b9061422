package relay.seeded.metrics;

import org.eclipse.jetty.server.Server;

public interface UsesJetty {
    void use(Server server);
}
