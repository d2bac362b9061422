package relay;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import relay.testing.Api;
import relay.testing.RedisServer;

/** Two relays for each test, on the server of all tests of a class. */
abstract class PairOfRelays {
    private static final AtomicInteger PREFIXES = new AtomicInteger();

    @AutoClose
    static RedisServer server;

    String prefix;

    @AutoClose
    TestRelays relays;

    Api here;
    Api there;

    @BeforeAll
    static void startServer() {
        server = RedisServer.start();
    }

    @BeforeEach
    void startRelays() {
        prefix = "pair" + PREFIXES.incrementAndGet();
        relays = TestRelays.start(2, server.url(), "--engine-prefix", prefix);
        here = relays.api(0);
        there = relays.api(1);
    }
}
