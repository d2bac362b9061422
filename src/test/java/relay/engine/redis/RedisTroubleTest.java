package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.message.Topic;
import relay.testing.RecordedLog;
import relay.testing.RedisServer;

/** What is said of an engine that does not work: once, with where it is, whatever is tried meanwhile. */
class RedisTroubleTest {
    private static final Topic CATS = new Topic("cats");
    private static final int ATTEMPTS = 4;

    /** Timings of an engine whose connections may take long to begin. */
    private static final Timings PATIENT = new Timings(
            Duration.ofMillis(100),
            Duration.ofSeconds(2),
            Duration.ofMillis(200),
            TestEngine.PATIENCE.multipliedBy(2),
            Duration.ofMillis(50),
            Duration.ofMinutes(10),
            Duration.ofMillis(200),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));

    @AutoClose
    private final Refusing refusing = new Refusing();

    /** Something that answers to whatever comes, and hangs up. */
    private static final class Refusing implements AutoCloseable {
        private final AtomicInteger connections = new AtomicInteger();
        private final ServerSocket server;
        private volatile String answer = "";

        Refusing() {
            try {
                server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Thread thread = new Thread(this::serve, "refusing");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private void serve() {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    connections.incrementAndGet();
                    if (socket.getInputStream().read(new byte[1 << 10]) > 0) {
                        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    }
                } catch (IOException e) {
                    // Whoever hung up comes again; the end is told by the socket.
                }
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "redis://127.0.0.1:PORT,                              -LOADING the dataset is not in memory yet",
        "redis://127.0.0.1:PORT,                              -NOAUTH HELLO must be called with a password",
        "redis://:wrong@127.0.0.1:PORT,                       -WRONGPASS invalid username-password pair",
        "redis://127.0.0.1:PORT,                              ''",
        "redis://127.0.0.1:PORT,                              220 mail is here",
        "rediss://127.0.0.1:PORT,                             -ERR this is not TLS",
        "'redis-sentinel://127.0.0.1:PORT,127.0.0.1:9#mine',  -LOADING a Sentinel never is",
        "'redis-cluster://127.0.0.1:9,127.0.0.1:PORT',        -LOADING the dataset is not in memory yet",
        "'rediss-cluster://127.0.0.1:9,127.0.0.1:PORT',       -ERR this is not TLS",
    })
    void whatKeepsARelayFromItsEngineIsLoggedOnceWithWhereItIs(String url, String answer) {
        refusing.answer = answer.isEmpty() ? "" : answer + "\r\n";
        String here = "127.0.0.1:" + refusing.server.getLocalPort();
        try (RecordedLog log = RecordedLog.start();
                TestEngine one = starting(url)) {
            await().atMost(TestEngine.PATIENCE).until(() -> refusing.connections.get() > ATTEMPTS);
            // A connection that is closed at once may have been reset, too.
            assertThat(log.warnings())
                    .doesNotHaveDuplicates()
                    .hasSizeLessThan(ATTEMPTS)
                    .allMatch(line -> line.contains("the engine cannot be reached: ") && line.contains(here + ": "))
                    .anyMatch(line -> line.contains(answer.startsWith("-LOADING") ? answer.substring(1) : ""))
                    .noneMatch(line -> line.contains("wrong@") || line.contains("\n"));
            if (url.contains(",")) {
                assertThat(one.engine.trouble().orElseThrow()).contains("127.0.0.1:9: Connection refused", here + ": ");
            }
        }
    }

    private TestEngine starting(String url) {
        String whole = url.replace("PORT", String.valueOf(refusing.server.getLocalPort()));
        return TestEngine.starting(TestEngine.options(whole, 100), "one", TestEngine.QUICK);
    }

    @Test
    void whatAServerSaysInSeveralLinesIsOne() {
        assertThat(EngineException.internal("ERR several\r\n\tlines\n").reason())
                .isEqualTo("ERR several lines");
    }

    @Test
    void aNameThatNobodyKnowsIsNamed() {
        try (TestEngine one = starting("redis://nobody.invalid:6390")) {
            one.awaitTrouble("cannot be reached: nobody.invalid:6390: ");
        }
    }

    @Test
    void aServerThatIsNoSentinelAndOneThatIsNoClusterSaySo() {
        try (RedisServer server = RedisServer.start();
                TestEngine sentinel = starting("redis-sentinel://127.0.0.1:" + server.port() + "#mine");
                TestEngine cluster = starting("redis-cluster://127.0.0.1:" + server.port())) {
            sentinel.awaitTrouble("no Sentinel says where mine is: 127.0.0.1:" + server.port() + ": ERR unknown");
            cluster.awaitTrouble("no node of the Cluster says", "127.0.0.1:" + server.port() + ": ERR ");
        }
    }

    @Test
    void aServerThatWritesNothingSaysSoOnceUntilItDoesAgain() {
        try (RedisServer server = RedisServer.start();
                TestEngine one = TestEngine.start(server.url(), "one");
                RecordedLog log = RecordedLog.start()) {
            for (int round = 0; round < 2; round++) {
                server.ask("CONFIG", "SET", "min-replicas-to-write", "1");
                for (int i = 0; i < ATTEMPTS; i++) {
                    assertThat(one.publish(CATS, "no").first().what()).isEqualTo("refused");
                }
                server.ask("CONFIG", "SET", "min-replicas-to-write", "0");
                assertThat(one.publish(CATS, "yes").first().what()).isEqualTo("stored");
            }
            assertThat(log.warnings())
                    .hasSize(2)
                    .allMatch(line -> line.contains("NOREPLICAS") && line.contains("(127.0.0.1:" + server.port()));
        }
    }

    @Test
    void anInterruptOfTheEnginesThreadWhileAConnectionBeginsOnlyDelaysIt() {
        try (RedisServer server = RedisServer.start()) {
            // So that its beginning waits for what does not come.
            server.ask("CLIENT", "PAUSE", "60000", "WRITE");
            try (RecordedLog log = RecordedLog.start();
                    TestEngine one = TestEngine.starting(TestEngine.options(server.url(), 100), "one", PATIENT)) {
                Thread engine = await().atMost(TestEngine.PATIENCE)
                        .until(RedisTroubleTest::enginesThatBegin, threads -> threads.size() == 1)
                        .get(0);
                engine.interrupt();
                await().atMost(TestEngine.PATIENCE).until(() -> !log.warnings().isEmpty());
                server.ask("CLIENT", "UNPAUSE");
                one.awaitWorking();
                assertThat(log.warnings())
                        .singleElement()
                        .asString()
                        .contains("could not begin: java.lang.InterruptedException");
            }
        }
    }

    private static List<Thread> enginesThatBegin() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().equals("engine"))
                .filter(thread -> Stream.of(thread.getValue())
                        .anyMatch(frame -> frame.getClassName().endsWith(".Handshake")
                                && frame.getMethodName().equals("await")))
                .map(Map.Entry::getKey)
                .toList();
    }
}
