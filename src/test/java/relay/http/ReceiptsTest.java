package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.EventStreamReader;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** {@code POST /publish?confirm=…}: what a publisher learns of what arrived. */
class ReceiptsTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--max-confirm", "20s");

    private static final Api api = relay.api();

    @Test
    void everyConnectionThatAnsweredItsPingCounts() {
        try (TestSocket one = TestSocket.open(api.register(1, "all").url());
                TestSocket two = TestSocket.open(api.register(2, "all").url() + "?format=json")) {
            Api.Answer answer = api.post("/publish?confirm=20s", "{\"topic\":\"all\",\"message\":\"x\"}");
            assertThat(answer.body()).endsWith(",\"queued\":2,\"acknowledged\":2}");
            assertThat(answer.json().get("id").asText()).isNotEmpty();
            assertThat(one.receive()).isEqualTo("x");
            assertThat(two.receive()).contains("\"x\"");
        }
    }

    @Test
    void oneThatDoesNotAnswerIsQueuedAndNotAcknowledged() throws IOException {
        try (TestSocket answering = TestSocket.open(api.register(1, "silent").url());
                RawSocket silent = RawSocket.connect(relay.port())
                        .upgrade(api.register(2, "silent").id())) {
            Api.Answer answer = api.send("POST", "/publish/silent?confirm=300ms", "x");
            assertThat(answer.body()).endsWith(",\"queued\":2,\"acknowledged\":1}");
            assertThat(answering.receive()).isEqualTo("x");
            assertThat(silent.readFrame().text()).isEqualTo("x");
        }
    }

    @Test
    void withNobodyToReceiveItTheAnswerComesAtOnce() {
        assertThat(api.post("/publish?confirm=20s", "{\"topic\":\"nobody\",\"message\":\"x\"}")
                        .body())
                .endsWith(",\"queued\":0,\"acknowledged\":0}");
    }

    @Test
    void answersThatComeBeforeTheWaitHasBegunHarmNoConnection() {
        for (int i = 0; i < 2000; i++) {
            assertThat(api.send("POST", "/publish/nobody?confirm=20s", "x").body())
                    .endsWith(",\"queued\":0,\"acknowledged\":0}");
        }
    }

    @Test
    void anEventStreamCannotAcknowledgeAndIsNotWaitedFor() throws IOException {
        try (EventStreamReader events =
                EventStreamReader.open(relay.port(), api.register(1, "stream").id(), "")) {
            assertThat(api.send("POST", "/publish/stream?confirm=20s", "x").body())
                    .endsWith(",\"queued\":1,\"acknowledged\":0}");
            assertThat(events.next()).isEqualTo(":\n");
            assertThat(events.next()).contains("data: x");
        }
    }

    @Test
    void oneThatClosesInsteadOfAnsweringEndsTheWait() throws Exception {
        RawSocket leaving = RawSocket.connect(relay.port())
                .upgrade(api.register(2, "leaving").id());
        Thread leaves = new Thread(() -> {
            try (leaving) {
                leaving.readFrame();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        leaves.start();
        assertThat(api.send("POST", "/publish/leaving?confirm=20s", "x").body())
                .endsWith(",\"queued\":1,\"acknowledged\":0}");
        leaves.join();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "confirm=",
                "confirm=2",
                "confirm=2x",
                "confirm=-1s",
                "confirm=21s",
                "confirm=9999999h",
                "confirm=1s&confirm=1s"
            })
    void aTimeThatIsNoneIsRejected(String query) {
        Api.Answer answer = api.post("/publish?" + query, "{\"topic\":\"cats\",\"message\":\"x\"}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.detail()).contains("confirm");
    }

    @Test
    void aStreamOfMessagesHasNoReceipts() {
        assertThat(api.send("POST", "/publish?confirm=1s", "{}", "Content-Type", "application/x-ndjson")
                        .status())
                .isEqualTo(400);
    }
}
