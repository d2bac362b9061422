package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.settings.Setting;
import relay.settings.Settings;
import relay.settings.SettingsReader;
import relay.testing.Api;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** A relay whose every time is the longest that a flag takes: nothing overflows, so nothing ends at once. */
class LongTimesTest {
    @Test
    @Timeout(60)
    void withTheLongestTimesItServesAndLeaves() throws Exception {
        try (TestRelay relay = TestRelay.start(everyTime("8760h"))) {
            Api api = relay.api();
            String kept = api.registerKept(1, (int) Duration.ofDays(365).toSeconds(), "cats")
                    .url();
            TestSocket.open(kept).close();
            RawSocket slow = RawSocket.connect(relay.port())
                    .send("POST /publish/cats?confirm=8760h HTTP/1.1\r\nHost: localhost\r\n");
            try (TestSocket back = TestSocket.open(kept);
                    TestSocket other = TestSocket.open(api.register(2, "cats").url())) {
                assertThat(api.send("POST", "/publish/cats", "one", "Idempotency-Key", "k")
                                .status())
                        .isEqualTo(200);
                assertThat(api.send("POST", "/publish/cats", "one", "Idempotency-Key", "k")
                                .headers())
                        .containsKey("idempotent-replayed");
                slow.send("Content-Length: 3\r\nConnection: close\r\n\r\ntwo");
                assertThat(slow.readAll()).contains("200 OK", "\"acknowledged\":2");
                for (TestSocket socket : new TestSocket[] {back, other}) {
                    assertThat(socket.receive()).isEqualTo("one");
                    assertThat(socket.receive()).isEqualTo("two");
                }
                relay.drainAndStop();
            }
        }
    }

    private static String[] everyTime(String time) {
        RecordComponent[] flags = Settings.class.getRecordComponents();
        List<Setting> entries =
                new SettingsReader(Map.of()).read().orElseThrow().entries();
        return IntStream.range(0, flags.length)
                .filter(i -> flags[i].getType().equals(Duration.class))
                .mapToObj(i -> "--" + entries.get(i).key() + "=" + time)
                .toArray(String[]::new);
    }
}
