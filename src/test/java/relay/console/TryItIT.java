package relay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.access.NewToken;
import relay.message.TopicPattern;
import relay.message.UserId;
import relay.testing.ExternalProgram;
import relay.testing.RelayProcess;

/** The console's panel that tries the relay, in a browser, with a real relay behind it. */
class TryItIT extends ConsoleInBrowser {
    @AutoClose
    private TestRelay relay;

    @TempDir
    private Path folder;

    @BeforeEach
    void startARelay() {
        relay = TestRelay.start("--drain", "1s");
    }

    @ParameterizedTest
    @CsvSource({"sse, by event stream", "ws, by WebSocket"})
    void oneUrlIsTriedFromThePastToWhatArrives(String wire, String connected) {
        relay.api().publish("cats", "before");
        relay.api().publish("dogs", "before, too");
        chromium.open(relayUrl());
        page.type("open-topics", "cats, dogs");
        page.type("open-wire", wire);
        page.press("open", "Subscribe");
        page.awaitText("open-note", "Connected " + connected);
        page.awaitTexts("#arrivals li > div", List.of("dogs\nbefore, too", "cats\nbefore"));
        page.press("publish", "Publish");
        page.awaitText("publish-note", "Handed to 1 connection.");
        page.awaitText("arrivals", "are awesome");
        assertThat(relay.api().publish("cats", "two\n\nlines")).isEqualTo(1);
        page.awaitText("arrivals", "two\n\nlines");
        page.press("open", "Disconnect");
        page.awaitText("open-note", "Disconnected.");
        await().until(() -> relay.api().publish("cats", "gone") == 0);
    }

    @Test
    void thePastOfATopicIsRead() {
        IntStream.rangeClosed(1, 12).forEach(i -> relay.api().publish("a/b c", "message " + i));
        chromium.open(relayUrl());
        page.type("open-topics", "a/b c");
        page.click("open-past");
        page.awaitText("open-note", "10 messages of the past of a/b c.");
        await().until(() -> page.texts("#arrivals .text").size() == 10);
        assertThat(page.texts("#arrivals .text")).startsWith("message 12").endsWith("message 3");
    }

    @Test
    void aPastThatIsNotHeldAnyMoreIsShownAsAGap() {
        try (TestRelay small = TestRelay.start("--history-messages", "2")) {
            IntStream.rangeClosed(1, 3).forEach(i -> small.api().publish("cats", "message " + i));
            chromium.open("http://127.0.0.1:" + small.port() + "/");
            page.type("open-from", "since=1h");
            page.click("open-past");
            page.awaitTexts(
                    "#arrivals .text", List.of("message 3", "message 2", "messages are missing here (trimmed)"));
        }
        chromium.open(relayUrl());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sse", "ws"})
    void whyAStrangerIsRefusedIsShownAndATokenIsTakenAndLeftNowhere(String wire) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "0123456789abcdef".repeat(2));
        String token = new NewToken(
                        new UserId("1"),
                        List.of(new TopicPattern("cats")),
                        Duration.ofHours(1),
                        List.of(),
                        Optional.empty())
                .sign(secret, InstantSource.system());
        try (TestRelay closed = TestRelay.start("--jwt-secret-file", secret.toString())) {
            chromium.open("http://127.0.0.1:" + closed.port() + "/");
            chromium.evaluate("""
                    globalThis.urls = [];
                    globalThis.WebSocket = class extends WebSocket {
                        constructor(url, protocols) {
                            urls.push(String(url));
                            super(url, protocols);
                        }
                    }; null""");
            page.type("open-wire", wire);
            page.press("open", "Subscribe");
            page.awaitText("open-note", "token");
            assertThat(page.text("open-note")).doesNotContain("1006");
            page.type("open-token", token);
            page.press("open", "Subscribe");
            page.awaitText("open-note", "Connected by");
            assertThat(closed.api().publish(1, "cats", "for its user")).isEqualTo(1);
            page.awaitText("arrivals", "for its user");
            page.click("open-past");
            page.awaitText("open-note", "1 message of the past");
            page.press("open", "Disconnect");
            page.awaitText("open-note", "Disconnected.");
            page.type("open-topics", "dogs");
            page.press("open", "Subscribe");
            page.awaitText("open-note", "dogs");
            assertThat(chromium.evaluate("""
                            [document.URL, document.documentElement.outerHTML, JSON.stringify(sessionStorage),
                             JSON.stringify(localStorage), document.cookie, JSON.stringify(history.state),
                             ...urls, ...performance.getEntries().map(entry => entry.name)].join()""").asText())
                    .contains("/topics/cats/messages")
                    .doesNotContain(token);
            assertThat(line("open-line")).contains("-H \"Authorization: Bearer $TOKEN\"");
        }
        chromium.open(relayUrl());
    }

    @Test
    void theLinesOfOneUrlDoTheSameAgainstThisRelay() {
        relay.api().publish("o'brien's", "are awesome");
        chromium.open(relayUrl());
        page.type("open-topics", "o'brien's");
        assertThat(ExternalProgram.run(
                        "bash", "-c", line("open-line").replace("curl -N", "curl -sN --max-time 1") + " || true"))
                .contains("\ndata: are awesome\n");
        assertThat(ExternalProgram.run("bash", "-c", line("past-line").replace("curl", "curl -s")))
                .contains("\"message\":\"are awesome\"");
        page.type("open-wire", "ws");
        assertThat(line("open-line"))
                .isEqualTo("websocat 'ws://127.0.0.1:" + relay.port() + "/ws?topic=o%27brien%27s&last=10'");
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
    void aClientPublishesWhereItMayAndIsToldWhereItMayNot() {
        chromium.open(relayUrl());
        assertThat(page.is("document.getElementById('speak-button').disabled")).isTrue();
        page.type("try-publish", "rooms.*");
        page.type("try-topics", "cats, rooms.7");
        connect();
        assertThat(page.is("document.getElementById('speak-button').disabled")).isFalse();
        page.press("speak", "Publish");
        page.awaitText("arrivals", "cats");
        assertThat(page.texts("#arrivals .wrong")).hasSize(1);
        page.type("speak-topic", "rooms.7");
        page.type("speak-message", "it's \"me\"");
        page.press("speak", "Publish");
        page.awaitText("arrivals", "published as ");
        page.awaitText("arrivals", "rooms.7 from 1\nit's \"me\"");
        page.click("try-connect");
        page.awaitText("connect-note", "Disconnected.");
        assertThat(page.is("document.getElementById('speak-button').disabled")).isTrue();
        assertThat(line("speak-line"))
                .isEqualTo("{\"publish\":{\"topic\":\"rooms.7\",\"message\":\"it's \\\"me\\\"\"}}");
        assertThat(line("connect-line")).contains("\"publish\":[\"rooms.*\"]");
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
