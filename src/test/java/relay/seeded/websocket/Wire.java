package relay.seeded.websocket;

import com.fasterxml.jackson.databind.JsonNode;
import org.eclipse.jetty.io.Connection;

public interface Wire {
    void see(Connection connection, JsonNode node);
}
