package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;

/** A relay with few descriptors keeps some for those who publish. */
class DescriptorsIT {
    private static final int CLIENTS = 300;
    private static final int DESCRIPTORS = 256;

    private final List<RawSocket> sockets = new ArrayList<>();

    @Test
    void clientsBeyondTheDescriptorsGet503AndPublishersAreServed() throws IOException {
        try (RelayProcess relay = RelayProcess.startWithDescriptors(DESCRIPTORS, "--port", "0")) {
            Api api = relay.api();
            int refused = 0;
            for (int i = 0; i < CLIENTS; i++) {
                RawSocket socket = RawSocket.connect(relay.port());
                String answer = socket.send(
                                RawSocket.handshake(api.register(i, "cats").id()))
                        .readHead();
                if (answer.startsWith("HTTP/1.1 101 ")) {
                    sockets.add(socket);
                } else {
                    assertThat(answer).startsWith("HTTP/1.1 503 ");
                    socket.close();
                    refused++;
                }
            }
            assertThat(sockets).hasSizeGreaterThan(100);
            assertThat(refused).isEqualTo(CLIENTS - sockets.size());
            assertThat(api.publish("cats", "miaow")).isEqualTo(sockets.size());
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            assertThat(relay.out().lines().filter(line -> line.contains("descriptors")))
                    .singleElement()
                    .asString()
                    .contains("there are " + DESCRIPTORS, sockets.size() + " clients may be connected");
            assertThat(relay.err()).isEmpty();
        } finally {
            closeAll();
        }
    }

    /** Connections that never become anything: they wait, without a stack trace each second, until others end. */
    @Test
    void aConnectionWaitsWhileNoDescriptorIsLeft() throws IOException {
        try (RelayProcess relay = RelayProcess.startWithDescriptors(DESCRIPTORS, "--port", "0")) {
            int port = relay.port();
            for (int i = 0; i < CLIENTS; i++) {
                sockets.add(RawSocket.connect(port));
            }
            closeAll();
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            assertThat(relay.out()).doesNotContain("Exception");
            assertThat(relay.out().lines().filter(line -> line.contains("WARN")).count())
                    .isLessThanOrEqualTo(1);
        } finally {
            closeAll();
        }
    }

    /** The process would end for want of one where the JVM makes something that it has not used before. */
    @Test
    void someDescriptorsAreLeftForTheRelayEvenIfItInheritedMany() throws IOException {
        try (RelayProcess relay = RelayProcess.startWithDescriptors(160, 60, List.of(), "--port", "0");
                RawSocket first = RawSocket.connect(relay.port());
                RawSocket second = RawSocket.connect(relay.port())) {
            for (int i = 0; i < 3; i++) {
                assertThat(first.send(register(i)).readAnswer()).startsWith("HTTP/1.1 200 ");
            }
            // Between requests they would make room for the others.
            first.send("GET /clients?limit=1 HTTP/1.1\r\n");
            second.send("GET /metrics HTTP/1.1\r\n");
            for (int i = 0; i < 100; i++) {
                sockets.add(RawSocket.connect(relay.port()));
            }
            for (RawSocket asking : List.of(first, second)) {
                assertThat(asking.send("Host: localhost\r\n\r\n").readAnswer()).startsWith("HTTP/1.1 200 ");
            }
            assertThat(relay.out()).doesNotContain("cannot be accepted");
            closeAll();
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            assertThat(relay.err()).isEmpty();
        } finally {
            closeAll();
        }
    }

    @Test
    void whatTheJvmNeedsADescriptorForIsOpenedBeforeTheFirstConnection() {
        try (RelayProcess relay =
                RelayProcess.startWithDescriptors(DESCRIPTORS, 0, List.of("-Xlog:class+init=info"), "--port", "0")) {
            relay.port();
            String before = relay.out().replaceFirst("(?s)listening on.*", "");
            assertThat(before)
                    .contains("Initializing 'sun/nio/ch/FileDispatcherImpl'")
                    .contains("Initializing 'javax/crypto/JceSecurity'")
                    .contains("Initializing 'sun/management/ManagementFactoryHelper'")
                    .contains("Initializing 'com/sun/management/internal/PlatformMBeanProviderImpl'");
        }
    }

    private static String register(int user) {
        String body = "{\"user_id\":" + user + "}";
        return "POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    private void closeAll() throws IOException {
        for (RawSocket socket : sockets) {
            socket.close();
        }
        sockets.clear();
    }
}
