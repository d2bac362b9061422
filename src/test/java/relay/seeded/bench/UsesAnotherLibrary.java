package relay.seeded.bench;

import org.slf4j.Logger;

public interface UsesAnotherLibrary {
    void use(Logger logger);
}
