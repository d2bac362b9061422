package relay.seeded.client;

import relay.seeded.AllowedInTheRoot;

public interface SeesTheRoot {
    void see(AllowedInTheRoot root);
}
