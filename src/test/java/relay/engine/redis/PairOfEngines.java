package relay.engine.redis;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import relay.testing.CuttableProxy;
import relay.testing.RedisServer;

/** Two relays' engines on a server for each test, of which {@code two} reaches it by a line that can be cut. */
abstract class PairOfEngines {
    RedisServer server;
    CuttableProxy line;
    TestEngine one;
    TestEngine two;

    @BeforeEach
    void start() {
        server = RedisServer.start();
        line = CuttableProxy.to(server.port());
        one = TestEngine.start(server.url(), "one");
        two = TestEngine.start("redis://127.0.0.1:" + line.port(), "two");
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        line.close();
        server.close();
    }
}
