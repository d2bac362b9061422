package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import relay.schedule.Ticker;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** How many connections there may be: of one address, and in all. */
class ConnectionLimitTest {
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";

    /** Whether a new connection is served. */
    private static boolean isServed(int port) throws IOException {
        try (RawSocket socket = RawSocket.connect(port)) {
            return socket.send(HEALTH).readAll(15).equals("HTTP/1.1 200 OK");
        }
    }

    private static TestRelay start(int perAddress) {
        return TestRelay.startLimitingLoopback(
                Ticker.system(), "--max-connections-per-address", String.valueOf(perAddress));
    }

    @Test
    void connectionsBeyondAnAddressesShareAreClosedAndTheOthersLive() throws IOException {
        try (TestRelay relay = start(3)) {
            Registered client = relay.api().register(1);
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id());
                    RawSocket silent = RawSocket.connect(relay.port())) {
                await().until(() -> !isServed(relay.port()));
                for (int i = 0; i < 20; i++) {
                    assertThat(isServed(relay.port())).isFalse();
                }
                assertThat(relay.api().publish("cats", "meanwhile")).isEqualTo(1);
                assertThat(socket.readFrame().text()).isEqualTo("meanwhile");
                assertThat(silent.send(HEALTH).readHead()).startsWith("HTTP/1.1 200 ");
            }
            await().until(() -> isServed(relay.port()));
        }
    }

    @Test
    void aWebSocketCountsUntilItsSocketIsClosed() throws IOException {
        try (TestRelay relay = start(3)) {
            Registered first = relay.api().register(1);
            Registered second = relay.api().register(2);
            TestSocket one = TestSocket.open(first.url());
            RawSocket other = RawSocket.connect(relay.port()).upgrade(second.id());
            assertThat(isServed(relay.port())).isFalse();
            one.close();
            await().until(() -> isServed(relay.port()));
            String url = relay.api().register(3).url();
            // The relay may have yet to see that the last one to ask is gone.
            one = await().ignoreExceptions().until(() -> TestSocket.open(url), opened -> true);
            assertThat(isServed(relay.port())).isFalse();
            other.reset();
            await().until(() -> isServed(relay.port()));
            one.close();
        }
    }

    @Test
    void connectionsThatNeverBecomeWebSocketsCountInAllToo() throws IOException {
        int most = 1 + 1024;
        try (TestRelay relay = TestRelay.start("--max-connections", "1", "--header-timeout", "5m")) {
            Registered client = relay.api().register(1);
            List<RawSocket> silent = new ArrayList<>();
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                for (int i = 0; i < most - 2; i++) {
                    silent.add(RawSocket.connect(relay.port()));
                }
                try (RawSocket waits = RawSocket.connect(relay.port()).send(HEALTH)) {
                    assertThat(waits.isSilentFor(300)).isTrue();
                    assertThat(relay.api().publish("cats", "meanwhile")).isEqualTo(1);
                    assertThat(socket.readFrame().text()).isEqualTo("meanwhile");
                    silent.remove(0).close();
                    assertThat(waits.readHead()).startsWith("HTTP/1.1 200 ");
                }
            } finally {
                for (RawSocket one : silent) {
                    one.close();
                }
            }
        }
    }

    @Test
    void atTheBoundThoseThatWaitedTheLongestForTheirNextRequestMakeRoom() throws IOException {
        int most = 1 + 1024;
        ManualClock clock = new ManualClock();
        List<RawSocket> idle = new ArrayList<>();
        try (TestRelay relay = TestRelay.start(clock, "--max-connections", "1", "--header-timeout", "200ms")) {
            for (int i = 0; i < most - 1; i++) {
                idle.add(RawSocket.connect(relay.port()));
                assertThat(idle.get(i).send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
                clock.advance(i == 0 || i == most - 2 ? Duration.ofSeconds(2) : Duration.ofNanos(1));
            }
            try (RawSocket inUse = RawSocket.connect(relay.port())) {
                assertThat(inUse.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
                try (RawSocket newcomer = RawSocket.connect(relay.port()).send(HEALTH)) {
                    assertThat(newcomer.readAnswer()).startsWith("HTTP/1.1 200 ");
                    assertThat(idle.get(0).readAll()).isEmpty();
                    assertThat(idle.get(most - 2).send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
                    assertThat(inUse.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
                    assertThat(newcomer.send(HEALTH).readAnswer()).startsWith("HTTP/1.1 200 ");
                }
            }
        } finally {
            for (RawSocket one : idle) {
                one.close();
            }
        }
    }
}
