package relay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.TestRelay;
import relay.testing.ExternalProgram;
import relay.testing.RelayProcess;

/** The console's panel that tries the relay, in a browser, with a real relay behind it. */
class TryItIT extends ConsoleInBrowser {
    @AutoClose
    private TestRelay relay;

    @BeforeEach
    void startARelay() {
        relay = TestRelay.start("--drain", "1s");
    }

    @Test
    void aClientIsTriedFromRegisteringToWhatArrives() {
        chromium.open(relayUrl());
        connect();
        page.type("pub-message", "it's \"awesome\"");
        page.press("publish", "Publish");
        page.awaitText("publish-note", "Handed to 1 connection.");
        page.awaitTexts("#arrivals li > div", List.of("cats\nit's \"awesome\""));
        page.type("try-topics", "dogs, birds");
        page.click("try-subscribe");
        page.awaitText("arrivals", "topics are now: dogs, birds");
        assertThat(relay.api().publish("cats", "nobody")).isZero();
        assertThat(relay.api().publish(2, "birds", "another's")).isZero();
        assertThat(relay.api().publish(1, "birds", "for its user")).isEqualTo(1);
        page.awaitText("arrivals", "for its user");
        page.click("try-connect");
        page.awaitText("connect-note", "Disconnected.");
        assertThat(page.text("try-connect")).isEqualTo("Connect");
        await().until(() -> relay.api().publish(1, "birds", "gone") == 0);
    }

    @Test
    void aClientMayAskForTheTextAlone() {
        chromium.open(relayUrl());
        page.click("try-json");
        connect();
        relay.api().publish("cats", "{\"bare\":true}");
        page.awaitTexts("#arrivals li > div", List.of("{\"bare\":true}"));
    }

    @Test
    void whatArrivesIsJustText() {
        chromium.open(relayUrl());
        page.type("try-topics", MARKUP);
        connect();
        assertThat(relay.api().publish(MARKUP, MARKUP)).isEqualTo(1);
        page.awaitTexts("#arrivals li > div", List.of(MARKUP + "\n" + MARKUP));
        page.assertThatNothingRan();
    }

    @Test
    void anErrorIsShownWithItsDetail() {
        chromium.open(relayUrl());
        page.type("try-topics", "x".repeat(257));
        page.click("try-connect");
        page.awaitText("connect-note", "256 characters");
        page.type("try-topics", "cats");
        connect();
        page.type("pub-topic", "x".repeat(257));
        page.press("publish", "Publish");
        page.awaitText("publish-note", "256 characters");
        page.type("try-topics", "y".repeat(257));
        page.click("try-subscribe");
        page.awaitText("arrivals", "256 characters");
    }

    @Test
    void whyTheRelayEndedAConnectionIsShown() throws Exception {
        chromium.open(relayUrl());
        connect();
        relay.drainAndStop();
        page.awaitText("connect-note", "Ended with 1001: the relay is going away");
    }

    @Test
    void theSocketOfAPublicUrlMayBeOpenedThoughItIsElsewhere() {
        try (TestRelay behind = TestRelay.start("--public-url", relayUrl())) {
            chromium.open("http://127.0.0.1:" + behind.port() + "/");
            page.click("try-connect");
            page.awaitText("connect-note", "could not be opened");
            assertThat(page.text("connect-note")).contains("127.0.0.1:" + relay.port(), "--public-url");
            assertThat(chromium.complaints())
                    .anyMatch(complaint -> complaint.contains("Unexpected response code: 404"))
                    .noneMatch(complaint -> complaint.contains("Content Security Policy"));
        }
        chromium.open(relayUrl());
    }

    @Test
    void aSocketElsewhereThatNobodyToldTheRelayOfIsNotOpened() {
        try (FakeAdmin proxy = FakeAdmin.before(relay.api())) {
            chromium.open(proxy.url());
            page.click("try-connect");
            page.awaitText("connect-note", "could not be opened");
            assertThat(chromium.complaints()).anyMatch(complaint -> complaint.contains("Content Security Policy"));
        }
        chromium.open(relayUrl());
    }

    @Test
    void aFloodIsCutToTheLatestRows() {
        chromium.open(relayUrl());
        connect();
        String lines = IntStream.rangeClosed(1, 1000)
                .mapToObj(i -> "{\"topic\":\"cats\",\"message\":\"" + i + "\"}\n")
                .collect(Collectors.joining());
        relay.api().send("POST", "/publish", lines, "Content-Type", "application/x-ndjson");
        await().until(() -> page.is("document.querySelector('#arrivals .text')?.textContent === '1000'"));
        assertThat(page.texts("#arrivals li")).hasSize(200);
    }

    @Test
    void theLinesToCopyDoTheSameAgainstThisRelay() throws Exception {
        chromium.open(relayUrl());
        connect();
        page.type("pub-message", "it's $HOME, \\ and \"quotes\"");
        assertThat(ExternalProgram.run("bash", "-c", line("publish-line"))).contains("\"queued\":1");
        page.awaitText("arrivals", "it's $HOME, \\ and \"quotes\"");
        page.type("try-user", "o'brien");
        assertThat(ExternalProgram.run("bash", "-c", line("connect-line").replace("websocat \"", "echo \"")))
                .matches("ws://127\\.0\\.0\\.1:" + relay.port() + "/ws/[0-9a-f]{32}\\?format=json\\s");
    }

    @Test
    void itIsInTheJar() {
        try (RelayProcess jar = RelayProcess.start("--port", "0")) {
            chromium.open("http://127.0.0.1:" + jar.port() + "/");
            page.click("try-connect");
            page.awaitText("connect-note", "Connected as ");
        }
    }

    private String relayUrl() {
        return "http://127.0.0.1:" + relay.port() + "/";
    }

    private static void connect() {
        page.click("try-connect");
        page.awaitText("connect-note", "Connected as ");
    }

    private static String line(String id) {
        return chromium.evaluate("document.querySelector('#" + id + " code').textContent")
                .asText();
    }
}
