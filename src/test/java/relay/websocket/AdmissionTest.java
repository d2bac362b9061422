package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** Good handshakes that are refused all the same: no room, or from a page that may not. */
class AdmissionTest {
    private static String answerTo(TestRelay relay, String handshake) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            return socket.send(handshake).readHead();
        }
    }

    @Test
    void connectionOverTheLimitIs503UntilOneHasEnded() throws IOException {
        try (TestRelay relay = TestRelay.start("--max-connections", "2")) {
            Registered third = relay.api().register(3);
            TestSocket first = TestSocket.open(relay.api().register(1).url());
            try (TestSocket second = TestSocket.open(relay.api().register(2).url())) {
                assertThat(answerTo(relay, RawSocket.handshake(third.id())))
                        .startsWith("HTTP/1.1 503 ")
                        .containsPattern("Retry-After: [1-9]")
                        .contains("application/problem+json");
                first.close();
                Sockets.openWhenThereIsRoom(relay.port(), third.id()).close();
                second.barrier();
            }
        }
    }

    @Test
    void refusedHandshakesTakeNoRoom() throws IOException {
        try (TestRelay relay = TestRelay.start("--max-connections", "2")) {
            Registered client = relay.api().register(1);
            String handshake = RawSocket.handshake(client.id());
            for (int i = 0; i < 3; i++) {
                assertThat(answerTo(relay, handshake.replace("Version: 13", "Version: 12")))
                        .startsWith("HTTP/1.1 426 ");
                assertThat(answerTo(relay, handshake.replace("Key: ", "Key: x")))
                        .startsWith("HTTP/1.1 400 ");
                assertThat(answerTo(relay, RawSocket.handshake("0".repeat(32)))).startsWith("HTTP/1.1 404 ");
            }
            try (TestSocket one = TestSocket.open(client.url());
                    TestSocket two = TestSocket.open(relay.api().register(2).url())) {
                one.barrier();
                two.barrier();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Content-Length: 5", "Transfer-Encoding: chunked", "Expect: 100-continue\r\nContent-Length: 5"})
    void handshakeWhoseBodyNeverComesLeavesNothingBehind(String header) throws IOException {
        try (TestRelay relay = TestRelay.start("--max-connections", "1")) {
            String handshake = RawSocket.handshake(relay.api().register(1).id()).stripTrailing();
            try (RawSocket socket = RawSocket.connect(relay.port())) {
                socket.send(handshake + "\r\n" + header + "\r\n\r\n").readHead();
                await().until(() -> relay.api().publish("cats", "nobody is connected") == 0);
            }
            Sockets.openWhenThereIsRoom(relay.port(), relay.api().register(2).id())
                    .close();
        }
    }

    @Test
    void onlyPagesOfAnAllowedOriginMayConnectWhereOriginsAreNamed() throws IOException {
        try (TestRelay relay = TestRelay.start("--allow-origin", "https://example.com")) {
            String handshake = RawSocket.handshake(relay.api().register(1).id()).stripTrailing();
            assertThat(answerTo(relay, handshake + "\r\nOrigin: https://example.org\r\n\r\n"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("application/problem+json");
            assertThat(answerTo(relay, handshake + "\r\nOrigin: https://example.com.evil.org\r\n\r\n"))
                    .startsWith("HTTP/1.1 403 ");
            assertThat(answerTo(relay, handshake + "\r\nOrigin: null\r\n\r\n")).startsWith("HTTP/1.1 403 ");
            assertThat(answerTo(relay, handshake + "\r\nOrigin: https://example.com\r\n\r\n"))
                    .startsWith("HTTP/1.1 101 ");
        }
    }

    @Test
    void clientThatIsNoPageMayConnectWhereOriginsAreNamed() throws IOException {
        try (TestRelay relay = TestRelay.start("--allow-origin", "https://example.com")) {
            assertThat(answerTo(
                            relay, RawSocket.handshake(relay.api().register(1).id())))
                    .startsWith("HTTP/1.1 101 ");
        }
    }
}
