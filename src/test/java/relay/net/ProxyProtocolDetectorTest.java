package relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.http.Raw;
import relay.testing.RecordedLog;

/** A proxy that was told to speak the PROXY protocol. */
class ProxyProtocolDetectorTest {
    private static final String REQUEST = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 203.0.113.7 203.0.113.8 4711 80\r\n",
                "PROXY UNKNOWN\r\n",
                "\r\n\r\n\0\r\nQUIT\n!\u0011\0\f\1\2\3\4\5\6\7\b\1\2\3\4"
            })
    void isRefusedAndTheLogSaysWhatToSet(String line) {
        try (TestRelay relay = TestRelay.start();
                RecordedLog log = RecordedLog.start()) {
            byte[] request = (line + REQUEST).getBytes(StandardCharsets.ISO_8859_1);
            assertThat(Raw.exchange(relay.port(), request).status()).isIn(400, 505);
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains("ProxyProtocolDetector", "/127.0.0.1:", "PROXY protocol", "--trusted-proxies");
        }
    }

    @Test
    void othersAreNotTakenForOne() {
        try (TestRelay relay = TestRelay.start();
                RecordedLog log = RecordedLog.start()) {
            assertThat(Raw.exchange(relay.port(), REQUEST).status()).isEqualTo(200);
            assertThat(Raw.exchange(relay.port(), "PROXYING / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .status())
                    .isBetween(400, 505);
            assertThat(log.warnings()).isEmpty();
        }
    }
}
