package relay.seeded.metrics;

import com.fasterxml.jackson.databind.JsonNode;

public interface UsesJackson {
    void use(JsonNode node);
}
