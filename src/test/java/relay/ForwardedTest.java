package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;
import relay.testing.RecordedLog;

/** What proxies say of a request, with {@code --trusted-proxies}. */
class ForwardedTest {
    private static final String FOR = "X-Forwarded-For";

    private static Answer register(TestRelay relay, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type", "application/json"));
        all.addAll(List.of(headers));
        return relay.api().send("POST", "/register", "{\"user_id\":1}", all.toArray(String[]::new));
    }

    private static String url(TestRelay relay, String... headers) {
        return register(relay, headers).json().get("url").asText();
    }

    /** A relay with a clock that stands still, where each address registers once. */
    private static TestRelay startCounting(String trusted) {
        return TestRelay.startLimitingLoopback(
                () -> 0, "--max-registrations-per-second", "1", "--trusted-proxies", trusted, "--open");
    }

    @Test
    void theUrlIsWhatTheClientOfATrustedProxySpokeTo() {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "10.0.0.1,127.0.0.0/8", "--open")) {
            assertThat(url(relay, "X-Forwarded-Proto", "https", "X-Forwarded-Host", "relay.example"))
                    .startsWith("wss://relay.example/ws/");
            assertThat(url(
                            relay,
                            "X-Forwarded-Proto",
                            "https",
                            "X-Forwarded-Host",
                            "relay.example",
                            "X-Forwarded-Port",
                            "8443"))
                    .startsWith("wss://relay.example:8443/ws/");
            assertThat(url(relay, "Forwarded", "for=203.0.113.7;proto=https;host=\"[2001:db8::1]:8443\""))
                    .startsWith("wss://[2001:db8::1]:8443/ws/");
            assertThat(url(relay)).startsWith("ws://127.0.0.1:" + relay.port() + "/ws/");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host=evil.example",
                "host=evil.example;proto=http",
                "proto=http",
                "by=10.0.0.1;host=\"evil.example:1\"",
                "host=evil.example, host=evil.example",
                "host=evil.example, proto=http;secret=x",
            })
    void aForwardedThatNamesNoClientIsNotOfAProxyThatSetsTheOthers(String forwarded) {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            assertThat(url(
                            relay,
                            "Forwarded",
                            forwarded,
                            FOR,
                            "203.0.113.7",
                            "X-Forwarded-Proto",
                            "https",
                            "X-Forwarded-Host",
                            "relay.example"))
                    .startsWith("wss://relay.example/ws/");
            assertThat(url(relay, "Forwarded", forwarded, FOR, "203.0.113.7"))
                    .startsWith("ws://127.0.0.1:" + relay.port() + "/ws/");
        }
    }

    @ParameterizedTest
    @CsvSource({"X-Forwarded-Host, evil.example", "X-Forwarded-Port, 1", "X-Forwarded-Proto, http"})
    void neitherAreOthersWithoutAClientOfOneThatSetsForwarded(String name, String value) {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            assertThat(url(relay, "Forwarded", "for=203.0.113.7;proto=https;host=relay.example", name, value))
                    .startsWith("wss://relay.example/ws/");
            assertThat(url(relay, "Forwarded", "for=_hidden;proto=https", name, value))
                    .startsWith("wss://127.0.0.1:" + relay.port() + "/ws/");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "for=198.51.100.1",
                "for=203.0.113.7",
                "for=203.0.113.7;host=evil.example;proto=https",
                "for=203.0.113.7;host=relay.example;proto=http",
                "for=203.0.113.7;host=\"relay.example:8443\";proto=https",
                "for=_hidden;host=relay.example;proto=https",
                "for=unknown;host=evil.example",
            })
    void whereBothNameAClientTheyHaveToSayTheSame(String forwarded) {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            String[] others = {FOR, "203.0.113.7", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "relay.example"};
            List<String> headers = new ArrayList<>(List.of("Forwarded", forwarded));
            headers.addAll(List.of(others));
            Answer answer = register(relay, headers.toArray(String[]::new));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.detail()).contains("Forwarded", "remove");
            headers.set(1, "for=203.0.113.7;host=relay.example;proto=https");
            assertThat(url(relay, headers.toArray(String[]::new))).startsWith("wss://relay.example/ws/");
        }
    }

    @Test
    void whereNeitherNamesAClientTheyAreNotMixed() {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            assertThat(register(relay, "Forwarded", "host=evil.example", "X-Forwarded-Host", "relay.example")
                            .status())
                    .isEqualTo(400);
            assertThat(url(relay, "Forwarded", "host=relay.example")).startsWith("ws://relay.example/ws/");
            assertThat(url(relay, "X-Forwarded-Host", "relay.example", "X-Forwarded-Port", "8443"))
                    .startsWith("ws://relay.example:8443/ws/");
        }
    }

    @Test
    void whatAnybodyElseSaysIsIgnored() {
        try (TestRelay relay = startCounting("10.0.0.1")) {
            assertThat(url(
                            relay,
                            "X-Forwarded-Proto",
                            "https",
                            "X-Forwarded-Host",
                            "evil.example",
                            "Forwarded",
                            "host=evil.example;proto=https;for=203.0.113.1",
                            FOR,
                            "203.0.113.1"))
                    .startsWith("ws://127.0.0.1:" + relay.port() + "/ws/");
            assertThat(register(relay, FOR, "203.0.113.2").status()).isEqualTo(429);
            assertThat(register(relay, "Forwarded", "for=203.0.113.3").status()).isEqualTo(429);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "203.0.113.7",
                "203.0.113.7:4711",
                "203.0.113.7:_hidden",
                "198.51.100.1,, 203.0.113.7,",
                "198.51.100.1, 203.0.113.7",
                "rubbish, 203.0.113.7",
                "127.0.0.1, 203.0.113.7",
                "203.0.113.7, 10.0.0.1",
                "198.51.100.1, 203.0.113.7, 10.0.0.1, 10.0.0.2",
            })
    void theLastAddressThatIsNoTrustedProxyIsTheClient(String senders) {
        try (TestRelay relay = startCounting("127.0.0.1,10.0.0.0/8")) {
            assertThat(register(relay, FOR, senders).status()).isEqualTo(200);
            assertThat(register(relay, FOR, "203.0.113.7").status()).isEqualTo(429);
            assertThat(register(relay, "Forwarded", "for=203.0.113.7").status()).isEqualTo(429);
            assertThat(register(relay, FOR, "203.0.113.8").status()).isEqualTo(200);
            assertThat(register(relay, FOR, "198.51.100.1").status()).isEqualTo(200);
        }
    }

    @Test
    void ipv6AddressesAreClientsToo() {
        try (TestRelay relay = startCounting("127.0.0.1,fd00::/8")) {
            assertThat(register(relay, FOR, "2001:db8:0:1::7, fd00::5").status())
                    .isEqualTo(200);
            assertThat(register(relay, FOR, "[2001:db8:0:1::7]:4711").status()).isEqualTo(429);
            assertThat(register(relay, "Forwarded", "for=\"[2001:db8:0:1::7]\"").status())
                    .isEqualTo(429);
            assertThat(register(relay, FOR, "2001:db8:0:2::7").status()).isEqualTo(200);
        }
    }

    /** RFC 4007 §11: it names an interface of the proxy's machine. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "fe80::1%eth0",
                "fe80::1%25eth0",
                "[fe80::1%2]:4711",
                "[fe80::1%br-0.1]",
                "FE80::1%eth0, 127.0.0.1"
            })
    void theZoneOfAnAddressIsPassedOver(String sender) {
        try (TestRelay relay = startCounting("127.0.0.1")) {
            assertThat(register(relay, FOR, sender).status()).isEqualTo(200);
            assertThat(register(relay, FOR, "fe80::1").status()).isEqualTo(429);
            assertThat(register(relay, "Forwarded", "for=\"[fe80::1%eth1]\"").status())
                    .isEqualTo(429);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "UNKNOWN", "unknown:4711", "unknown:_port", "_hidden", "_a.b-c:1", "unix:"})
    void aProxyMayKeepItsClientToItself(String sender) {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            assertThat(register(relay, FOR, sender).status()).isEqualTo(200);
            assertThat(register(relay, FOR, "203.0.113.7, " + sender).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For: 203.0.113.7%eth0",
                "X-Forwarded-For: fe80::1%",
                "X-Forwarded-For: fe80::1%a b",
                "X-Forwarded-For: 203.0.113.7:_",
                "X-Forwarded-For: rubbish",
                "X-Forwarded-For: 1.2.3.4.5",
                "X-Forwarded-For: 203.0.113.7, [::",
                "X-Forwarded-For: ,,,",
                "X-Forwarded-Proto: gopher",
                "X-Forwarded-Host: a:b:c",
                "X-Forwarded-Host: a b",
                "X-Forwarded-Host: relay.example",
                "X-Forwarded-Host: [::1",
                "X-Forwarded-Host: [1.2.3.4]",
                "X-Forwarded-Host: [::1]x",
                "X-Forwarded-Host: :8000",
                "X-Forwarded-Host: relay.example:",
                "X-Forwarded-Host: relay.example:8000:9000",
                "X-Forwarded-Host: \u0001",
                "X-Forwarded-Host: relay.example/path",
                "X-Forwarded-Host: user@relay.example",
                "X-Forwarded-Host: 2001:db8::1",
                "X-Forwarded-Host: [fe80::1%eth0]",
                "X-Forwarded-Host: relay.example:99999",
                "X-Forwarded-Port: 0",
                "X-Forwarded-Port: 123456",
                "X-Forwarded-Port: 8443",
                "X-Forwarded-Proto: https",
                "Forwarded: for=\"",
                "Forwarded: ;;;",
                "Forwarded: for=1;for=2",
                "Forwarded: host=\"a/b?c#d\"",
                "Forwarded: host=relay.example;proto=https",
            })
    void nothingThatAProxySaysMakesTheRelayFailOrWarn(String header) throws Exception {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open");
                RecordedLog log = RecordedLog.start()) {
            for (String request : List.of("GET /health", "OPTIONS *", "GET http://other.example/health")) {
                try (RawSocket socket = RawSocket.connect(relay.port())) {
                    String host = request.contains("other") ? "other.example" : "localhost";
                    String answer = socket.send(request + " HTTP/1.1\r\nHost: " + host + "\r\n" + header
                                    + "\r\nConnection: close\r\n\r\n")
                            .readAll();
                    assertThat(answer).as(request).matches("(?s)HTTP/1\\.1 [24]\\d\\d .*");
                }
            }
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            assertThat(log.warnings()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "relay.example",
                "relay.example:8443",
                "203.0.113.7",
                "203.0.113.7:1",
                "[2001:db8::1]",
                "[2001:db8::1]:65535",
                "a-b_c.~example",
            })
    void aForwardedHostIsTakenToTheLetter(String host) {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            assertThat(url(relay, "X-Forwarded-Host", host)).startsWith("ws://" + host + "/ws/");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a:b:c", "[::1", "[1.2.3.4]", "relay.example:0", "relay.example:99999", "a/b", "a@b", "::1"})
    void aForwardedHostThatIsNoneIsExplained(String host) {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            Answer answer = register(relay, "X-Forwarded-Host", host);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.detail()).contains("forwarded host", "example.com:8443");
        }
    }

    @Test
    void whatATrustedProxySaysWronglyIsExplained() {
        try (TestRelay relay = TestRelay.start("--trusted-proxies", "127.0.0.1", "--open")) {
            Answer answer = register(relay, FOR, "rubbish");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.detail()).contains(FOR, "203.0.113.7");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.com",
                "10.0.0.0/33",
                "10.0.0.1/8",
                "fd00::/129",
                "10.0.0",
                "10.0.0.0/-1",
                "10.0.0.1,",
                "/8"
            })
    void aBlockThatIsNoneIsRefusedAndNamed(String blocks) {
        assertThatThrownBy(() -> TestRelay.start("--trusted-proxies", blocks, "--open"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("--trusted-proxies")
                .hasMessageContaining("CIDR");
    }
}
