package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;
import relay.uri.Route;

/** What is open to this machine is not open to pages whose host name has been made to point to it. */
class HostTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    static Stream<Arguments> requests() {
        return Stream.of(Route.values())
                .filter(route -> route != Route.HEALTH && route != Route.READY)
                .flatMap(route -> route.methods().stream()
                        .map(method -> Arguments.of(method, route.pattern().replaceAll("\\{[^}]*}", "x"))));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void noPathAnswersToAStrangersHost(String method, String path) {
        Answer answer = ask(relay, method + " " + path, "evil.example:" + relay.port());
        assertThat(answer.status()).isEqualTo(403);
        if (!method.equals("HEAD")) {
            assertThat(assertProblem(answer, 403)).contains("--public-url");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GET /nothing", "GET /console/nothing.js", "BREW /publish", "GET http://evil.example/clients"})
    void norDoesAnythingElse(String request) {
        assertProblem(ask(relay, request, "evil.example"), 403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "EVIL.example:80",
                "localhost.evil.example",
                "evillocalhost",
                "127.0.0.1.evil.example",
                "127.0.0.1x",
                "a.127.0.0.1",
                "2130706433",
                "0x7f.1",
                "127.1",
                "relay",
            })
    void anotherNameIsNotThisMachines(String host) {
        assertProblem(ask(relay, "GET /clients", host), 403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LocalHost:8000",
                "localhost.",
                "a.localhost",
                "b.a.localhost:8000",
                "127.0.0.1",
                "192.0.2.1:80",
                "[::1]",
                "[::ffff:127.0.0.1]:8000"
            })
    void addressesAndNamesOfThisMachineAre(String host) {
        assertThat(ask(relay, "GET /clients", host).status()).isEqualTo(200);
    }

    @Test
    void probesMaySendAnyHost() {
        assertThat(ask(relay, "GET /health", "balancer.example").status()).isEqualTo(200);
        assertThat(ask(relay, "GET /ready", "balancer.example").status()).isEqualTo(200);
    }

    @Test
    void aRequestWithoutHostIsFromNoBrowser() {
        Answer answer = Raw.exchange(relay.port(), "GET /clients HTTP/1.0\r\n\r\n");
        assertThat(answer.status()).isEqualTo(200);
        assertProblem(Raw.exchange(relay.port(), "GET /clients HTTP/1.0\r\nHost: evil.example\r\n\r\n"), 403);
    }

    @Test
    void aPageOfAStrangersHostOpensNoSocketAndNoStream() throws IOException {
        String id = relay.api().register(1).id();
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            String handshake = RawSocket.handshake(id, "Origin: http://evil.example:" + relay.port() + "\r\n");
            socket.send(handshake.replace("Host: localhost", "Host: evil.example:" + relay.port()));
            assertThat(socket.readHead()).startsWith("HTTP/1.1 403 ").doesNotContain("Access-Control");
        }
        assertProblem(ask(relay, "GET /sse/" + id, "evil.example"), 403);
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.upgrade(id);
        }
    }

    @Test
    void aPreflightIsRefusedToo() {
        Answer answer = Raw.exchange(
                relay.port(),
                List.of(
                        "OPTIONS /clients HTTP/1.1",
                        "Host: evil.example",
                        "Origin: http://evil.example",
                        "Access-Control-Request-Method: DELETE"),
                "");
        assertProblem(answer, 403);
        assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
    }

    @Test
    void theHostOfThePublicUrlIsAllowed() {
        try (TestRelay published = TestRelay.start("--public-url", "https://Relay.example/below", "--open")) {
            assertThat(ask(published, "GET /clients", "relay.example").status()).isEqualTo(200);
            assertProblem(ask(published, "GET /clients", "evil.example"), 403);
        }
    }

    @Test
    void whichHostsAProxyServesIsItsToSay() {
        try (TestRelay behind = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            assertThat(ask(behind, "GET /clients", "inside\r\nX-Forwarded-Host: relay.example")
                            .status())
                    .isEqualTo(200);
            assertThat(ask(behind, "GET /clients", "relay.example\r\nX-Forwarded-For: 203.0.113.7")
                            .status())
                    .isEqualTo(200);
            assertProblem(ask(behind, "GET /clients", "relay.example"), 403);
        }
        try (TestRelay alone = TestRelay.start()) {
            assertProblem(ask(alone, "GET /clients", "evil.example\r\nX-Forwarded-Host: localhost"), 403);
        }
    }

    @Test
    void anAddressThatOthersReachHasNamesThatTheRelayDoesNotKnow() {
        try (TestRelay reachable = TestRelay.start("--host", "0.0.0.0", "--open")) {
            assertThat(ask(reachable, "GET /clients", "relay.example").status()).isEqualTo(200);
        }
    }

    private static Answer ask(TestRelay relay, String request, String host) {
        return Raw.exchange(relay.port(), List.of(request + " HTTP/1.1", "Host: " + host), "");
    }
}
