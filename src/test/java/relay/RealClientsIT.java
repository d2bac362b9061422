package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import relay.testing.BrowserClient;
import relay.testing.Chromium;
import relay.testing.CommandLineClient;
import relay.testing.CuttableProxy;
import relay.testing.ManualClock;
import relay.testing.TestJson;
import relay.testing.WebSocketClient;

/** Clients as they are everywhere, none of which knows of the relay, acknowledge and resume. */
class RealClientsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    private Path profile;

    private final List<AutoCloseable> running = new ArrayList<>();
    private TestRelay relay;
    private CuttableProxy line;
    private String socketUrl;
    private String streamUrl;

    private enum Library {
        CHROMIUM,
        NODE_WS,
        PYTHON_WEBSOCKETS
    }

    @BeforeEach
    void registerAClient() {
        relay = run(TestRelay.start());
        line = run(CuttableProxy.to(relay.port()));
        JsonNode registered = relay.api()
                .post("/register", "{\"user_id\":1,\"keep\":60,\"topics\":[\"cats\"]}")
                .json();
        socketUrl = line.along(registered.get("url").asText());
        streamUrl = line.along("http://127.0.0.1:" + relay.port() + "/sse/"
                + registered.get("id").asText());
    }

    @AfterEach
    void endAllThatRuns() throws Exception {
        for (int i = running.size() - 1; i >= 0; i--) {
            running.get(i).close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void acknowledgesAndAfterItsOwnCloseReceivesWhatItMissed(Library library) {
        WebSocketClient client = openAndAcknowledge(library);
        client.leave();
        publishNumbered(1, 3);
        client.open(socketUrl);
        assertThatItReceivesWhatItMissedAndGoesOn(client);
    }

    @ParameterizedTest
    @EnumSource
    void acknowledgesAndAfterACutReceivesWhatItMissed(Library library) {
        WebSocketClient client = openAndAcknowledge(library);
        line.cut();
        publishNumbered(1, 3);
        line.mend();
        client.open(socketUrl);
        assertThatItReceivesWhatItMissedAndGoesOn(client);
    }

    @ParameterizedTest
    @EnumSource
    void acknowledgesAndAfterACutThatTheRelayDidNotNoticeReceivesWhatItMissed(Library library) {
        WebSocketClient client = openAndAcknowledge(library);
        line.cutUnnoticed();
        assertThat(publishNumbered(1, 3)).containsOnly(1);
        line.mend();
        client.open(socketUrl);
        assertThatItReceivesWhatItMissedAndGoesOn(client);
    }

    @Test
    void anEventSourceReturnsByItselfAfterACutAndReceivesWhatItMissed() {
        Chromium chromium = openEventSource();
        publishNumbered(1, 20);
        line.cut();
        publishNumbered(21, 40);
        line.mend();
        publishNumbered(41, 60);
        awaitThat(() -> received(chromium), numbered(1, 60));
        assertThat(timesOpened(chromium)).isEqualTo(2);
    }

    @Test
    void anEventSourceReturnsByItselfAfterACutThatTheRelayDidNotNoticeAndReceivesWhatItMissed() {
        Chromium chromium = openEventSource();
        publishNumbered(1, 20);
        line.cutUnnoticed();
        assertThat(publishNumbered(21, 40)).containsOnly(1);
        line.mend();
        publishNumbered(41, 60);
        awaitThat(() -> received(chromium), numbered(1, 60));
        assertThat(timesOpened(chromium)).isEqualTo(2);
    }

    @Test
    void anEventSourceThatHadReceivedNothingReturnsByItselfAndReceivesAllThatItMissed() {
        Chromium chromium = openEventSource();
        line.cut();
        publishNumbered(1, 20);
        line.mend();
        awaitThat(() -> received(chromium), numbered(1, 20));
        assertThat(timesOpened(chromium)).isEqualTo(2);
    }

    @Test
    void anEventSourceReceivesAndDoesNotAcknowledge() {
        Chromium chromium = openEventSource();
        assertThat(publishConfirmed("event", "100ms")).isEqualTo(new Confirmed(1, 0));
        awaitThat(() -> received(chromium), List.of("event"));
    }

    /** The relay's clock stands still meanwhile, and with it the second in which one handshake may be. */
    @Test
    void anEventSourceThatIsRefusedForNowReturnsByItselfUntilItIsLetIn() {
        ManualClock clock = new ManualClock();
        TestRelay busy = run(TestRelay.startLimitingLoopback(clock, "--max-handshakes-per-second", "1"));
        busy.api().get("/sse/unknown");
        streamUrl = "http://127.0.0.1:" + busy.port() + "/sse/"
                + busy.api().register(1).id();
        Chromium chromium = openEventSource();
        await().atMost(TIMEOUT).until(() -> timesOpened(chromium) > 1);
        clock.advance(Duration.ofSeconds(1));
        await().atMost(TIMEOUT).until(() -> busy.api().publish("cats", "are awesome") == 1);
        await().atMost(TIMEOUT).until(() -> !received(chromium).isEmpty());
        assertThat(received(chromium)).containsOnly("are awesome");
    }

    private record Confirmed(int queued, int acknowledged) {}

    private <T extends AutoCloseable> T run(T closeable) {
        running.add(closeable);
        return closeable;
    }

    private WebSocketClient start(Library library) {
        return switch (library) {
            case CHROMIUM -> new BrowserClient(Chromium.start(profile));
            case NODE_WS -> CommandLineClient.nodeWs();
            case PYTHON_WEBSOCKETS -> CommandLineClient.pythonWebsockets();
        };
    }

    private WebSocketClient openAndAcknowledge(Library library) {
        WebSocketClient client = run(start(library));
        client.open(socketUrl);
        assertThat(publishConfirmed("acknowledged", "5s")).isEqualTo(new Confirmed(1, 1));
        awaitThat(client::received, List.of("acknowledged"));
        return client;
    }

    private void assertThatItReceivesWhatItMissedAndGoesOn(WebSocketClient client) {
        List<String> soFar = Stream.concat(Stream.of("acknowledged"), numbered(1, 3).stream())
                .toList();
        awaitThat(client::received, soFar);
        assertThat(publishConfirmed("live", "5s")).isEqualTo(new Confirmed(1, 1));
        awaitThat(
                client::received,
                Stream.concat(soFar.stream(), Stream.of("live")).toList());
    }

    private Chromium openEventSource() {
        Chromium chromium = run(Chromium.start(profile));
        chromium.evaluate("""
                globalThis.received = [];
                globalThis.timesOpened = 0;
                new Promise(opened => {
                    globalThis.source = new EventSource('%s');
                    source.onopen = () => { timesOpened++; opened(); };
                    source.onmessage = event => received.push(event.data);
                })""".formatted(streamUrl));
        return chromium;
    }

    private static List<String> received(Chromium chromium) {
        return chromium.evaluateToTexts("received");
    }

    private static int timesOpened(Chromium chromium) {
        return chromium.evaluate("timesOpened").asInt();
    }

    private List<Integer> publishNumbered(int from, int to) {
        return numbered(from, to).stream()
                .map(message -> relay.api().publish("cats", message))
                .toList();
    }

    private static List<String> numbered(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "message " + i).toList();
    }

    private Confirmed publishConfirmed(String message, String time) {
        String body =
                TestJson.object().put("topic", "cats").put("message", message).toString();
        JsonNode answer = relay.api().post("/publish?confirm=" + time, body).json();
        return new Confirmed(
                answer.path("queued").asInt(), answer.path("acknowledged").asInt());
    }

    private static void awaitThat(Supplier<List<String>> received, List<String> expected) {
        await().atMost(TIMEOUT).untilAsserted(() -> assertThat(received.get()).isEqualTo(expected));
    }
}
