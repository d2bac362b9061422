package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.schedule.Ticker;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.TestCertificate;

/** How many sockets and streams a client of a trusted proxy may have: each as many as one that comes directly. */
class ForwardedLimitTest {
    private static final String CLIENT = "203.0.113.7";
    private static final String OTHER = "203.0.113.8";

    private static TestRelay start(int perAddress, String... flags) {
        List<String> all = new ArrayList<>(List.of(
                "--max-connections-per-address",
                String.valueOf(perAddress),
                "--trusted-proxies",
                "127.0.0.1",
                "--open"));
        all.addAll(List.of(flags));
        return TestRelay.startLimitingLoopback(Ticker.system(), all.toArray(String[]::new));
    }

    private static RawSocket ask(TestRelay relay, String path, String client) throws IOException {
        return ask(RawSocket.connect(relay.port()), relay.api(), path, client);
    }

    private static RawSocket ask(RawSocket socket, Api api, String path, String client) throws IOException {
        String handshake = RawSocket.handshake(api.register(1).id()).replace("/ws/", path);
        String head = path.equals("/sse/") ? handshake.replaceAll("(?m)^(Upgrade|Connection): .*\r\n", "") : handshake;
        return socket.send(head.replace("\r\n\r\n", "\r\nX-Forwarded-For: " + client + "\r\n\r\n"));
    }

    private static int status(TestRelay relay, String path, String client) throws IOException {
        try (RawSocket socket = ask(relay, path, client)) {
            return status(socket);
        }
    }

    private static int status(RawSocket asked) throws IOException {
        return Integer.parseInt(asked.readHead().substring(9, 12));
    }

    /** Opens as many as it may, and sees the next one refused. */
    private static List<RawSocket> fill(TestRelay relay, String path, int most) throws IOException {
        List<RawSocket> open = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            RawSocket socket = ask(relay, path, CLIENT);
            assertThat(status(socket)).isIn(101, 200);
            open.add(socket);
        }
        assertThat(status(relay, path, CLIENT)).isEqualTo(429);
        return open;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/", "/sse/"})
    void beyondAnAddressesShareIt429AndTheOthersAreServed(String path) throws IOException {
        try (TestRelay relay = start(2)) {
            Registered bystander = relay.api().register(2);
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(bystander.id())) {
                List<RawSocket> open = fill(relay, path, 2);
                for (int i = 0; i < 5; i++) {
                    try (RawSocket refused = ask(relay, path, CLIENT)) {
                        assertThat(refused.readAnswer())
                                .startsWith("HTTP/1.1 429 ")
                                .containsIgnoringCase("Retry-After: ")
                                .contains("application/problem+json", "as many connections as it may");
                    }
                }
                assertThat(status(relay, path, OTHER)).isIn(101, 200);
                assertThat(relay.api().publish("cats", "meanwhile")).isPositive();
                assertThat(socket.readFrame().text()).isEqualTo("meanwhile");
                for (RawSocket one : open) {
                    one.close();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws/", "/sse/"})
    void theEndOfOneHoweverItComesFreesOnePlace(String path) throws IOException {
        try (TestRelay relay = start(3)) {
            List<RawSocket> open = fill(relay, path, 3);
            for (int i = 0; i < 6; i++) {
                if (i % 2 == 0) {
                    open.remove(0).close();
                } else {
                    open.remove(0).reset();
                }
                open.add(awaitPlace(() -> {
                    // That a stream has lost its reader shows when something is sent.
                    relay.api().publish("cats", "anything");
                    return ask(relay, path, CLIENT);
                }));
                assertThat(status(relay, path, CLIENT)).isEqualTo(429);
            }
            for (RawSocket socket : open) {
                socket.close();
            }
        }
    }

    private static RawSocket awaitPlace(Callable<RawSocket> ask) {
        return await().until(
                        () -> {
                            RawSocket asked = ask.call();
                            if (status(asked) != 429) {
                                return Optional.of(asked);
                            }
                            asked.close();
                            return Optional.<RawSocket>empty();
                        },
                        Optional::isPresent)
                .orElseThrow();
    }

    @Test
    void refusedHandshakesAndOtherRequestsTakeNoPlace() throws IOException {
        try (TestRelay relay = start(1)) {
            for (int i = 0; i < 5; i++) {
                assertThat(relay.api()
                                .send("GET", "/ws/unknown", "", "X-Forwarded-For", CLIENT)
                                .status())
                        .isEqualTo(404);
                assertThat(relay.api()
                                .send("GET", "/sse/unknown", "", "X-Forwarded-For", CLIENT)
                                .status())
                        .isEqualTo(404);
            }
            RawSocket open = awaitPlace(() -> ask(relay, "/ws/", CLIENT));
            for (int i = 0; i < 5; i++) {
                assertThat(relay.api()
                                .send("GET", "/health", "", "X-Forwarded-For", CLIENT)
                                .status())
                        .isEqualTo(200);
            }
            open.close();
        }
    }

    @Test
    void aConnectionOfTheProxyMayBeOneClientsAfterAnothers() throws IOException {
        try (TestRelay relay = start(1)) {
            List<RawSocket> open = fill(relay, "/ws/", 1);
            try (RawSocket shared = RawSocket.connect(relay.port())) {
                for (int i = 0; i < 3; i++) {
                    assertThat(ask(shared, relay.api(), "/ws/", CLIENT).readAnswer())
                            .startsWith("HTTP/1.1 429 ");
                }
                assertThat(status(ask(shared, relay.api(), "/ws/", OTHER))).isEqualTo(101);
            }
            open.get(0).close();
        }
    }

    @Test
    void theProxyItselfHasAsManyConnectionsAsItLikes() throws IOException {
        try (TestRelay relay = start(1)) {
            List<RawSocket> open = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                open.add(RawSocket.connect(relay.port())
                        .upgrade(relay.api().register(1).id()));
            }
            assertThat(relay.api().publish("cats", "to all")).isEqualTo(5);
            for (RawSocket socket : open) {
                assertThat(socket.readFrame().text()).isEqualTo("to all");
                socket.close();
            }
        }
    }

    @Test
    void whatSomebodyWhoIsNoTrustedProxySaysCountsForNobody() throws IOException {
        try (TestRelay relay = TestRelay.startLimitingLoopback(
                Ticker.system(), "--max-connections-per-address", "20", "--trusted-proxies", "10.0.0.1", "--open")) {
            List<RawSocket> open = new ArrayList<>();
            for (int i = 0; i < 15; i++) {
                open.add(ask(relay, "/ws/", CLIENT));
            }
            for (RawSocket socket : open) {
                assertThat(status(socket)).isEqualTo(101);
                socket.close();
            }
        }
    }

    @Test
    void overTlsItIsTheSame(@TempDir Path folder) throws Exception {
        TestCertificate own = TestCertificate.make(folder, "own");
        try (TestRelay relay = start(1, own.flags())) {
            SSLContext trusting = TestCertificate.trusting(own);
            Api api = new Api(relay.port(), trusting);
            for (int i = 0; i < 3; i++) {
                try (RawSocket first = awaitPlace(() -> askByTls(api, relay, trusting));
                        RawSocket second = askByTls(api, relay, trusting)) {
                    assertThat(second.readAnswer()).startsWith("HTTP/1.1 429 ");
                    assertThat(api.publish("cats", "meanwhile")).isEqualTo(1);
                    assertThat(first.readFrame().text()).isEqualTo("meanwhile");
                }
            }
        }
    }

    private static RawSocket askByTls(Api api, TestRelay relay, SSLContext trusting) throws IOException {
        return ask(RawSocket.connectByTls(relay.port(), trusting), api, "/ws/", CLIENT);
    }
}
