package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api.Answer;
import relay.testing.Chromium;
import relay.testing.CuttableProxy;
import relay.testing.ExternalProgram;
import relay.testing.TestJson;

/** The chat of the recipes, to the letter but for its ports: pages in two browsers, and a backend that only registers. */
class ChatIT {
    private static final Path RECIPES = Path.of("src", "site", "markdown", "recipes.md");
    private static final String PYTHON = "/usr/bin/python3";
    private static final Pattern ADDRESS = Pattern.compile("http://localhost:(\\d+)/\\?name=ann");
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @AutoClose
    private final TestRelay relay = TestRelay.start();

    @AutoClose
    private final CuttableProxy line = CuttableProxy.to(relay.port());

    @AutoClose
    private ExternalProgram backend;

    @AutoClose
    private Chromium first;

    @AutoClose
    private Chromium second;

    private String chat;

    @BeforeEach
    void startTheBackendAndTwoBrowsers() throws IOException {
        ExternalProgram.require("python3", Map.of(), PYTHON, "--version");
        first = Chromium.start(Files.createDirectory(folder.resolve("first")));
        second = Chromium.start(Files.createDirectory(folder.resolve("second")));
        Files.writeString(folder.resolve("chat.html"), withRelay(block("html")));
        Files.writeString(
                folder.resolve("chat.py"),
                withRelay(block("python")).replace("('localhost', 8080)", "('127.0.0.1', 0)"));
        backend = ExternalProgram.start(
                Map.of(), "/bin/sh", "-c", "cd \"$0\" && exec " + PYTHON + " -u chat.py", folder.toString());
        backend.awaitThat(() -> ADDRESS.matcher(backend.output()).find());
        MatchResult address =
                ADDRESS.matcher(backend.output()).results().findFirst().orElseThrow();
        chat = "http://127.0.0.1:" + address.group(1) + "/?name=";
    }

    /** Of what it cannot have, such as a connection that is cut, a browser complains by itself. */
    @AfterEach
    void thePagesHadNothingElseToComplainOf() {
        assertThat(List.of(first, second))
                .flatExtracting(Chromium::complaints)
                .allMatch(
                        complaint -> complaint.contains("Failed to load resource") || complaint.contains("WebSocket"));
    }

    @Test
    void twoPagesTalkAndWhatOneWritesIsJustTextForTheOther() {
        join(first, "ann");
        join(second, "bob");
        say(first, "hi bob");
        awaitMessages(second, "ann: hi bob");
        say(second, "hi <b>ann</b>");
        awaitMessages(first, "ann: hi bob", "bob: hi <b>ann</b>");
        awaitMessages(second, "ann: hi bob", "bob: hi <b>ann</b>");
        join(second, "carl");
        awaitMessages(second, "ann: hi bob", "bob: hi <b>ann</b>");
    }

    @Test
    void aLostConnectionLosesAndRepeatsNothing() {
        join(first, "ann");
        join(second, "bob");
        say(first, "one");
        awaitMessages(second, "ann: one");
        line.cut();
        awaitState(first, "waiting", "connecting");
        awaitState(second, "waiting", "connecting");
        say(first, "two");
        say(second, "three");
        line.mend();
        await().atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(messages(first)).contains("ann: one", "ann: two", "bob: three"));
        await().atMost(TIMEOUT).untilAsserted(() -> assertThat(messages(second)).isEqualTo(messages(first)));
        assertThat(messages(first)).hasSize(3);
    }

    @Test
    void whoeverMisbehavesIsSilencedAndMayReadOnOrLeaves() {
        join(first, "ann");
        join(second, "bob");
        change("bob", "{\"publish\":[]}");
        say(second, "spam");
        awaitState(second, "may publish nothing");
        say(first, "quiet now");
        awaitMessages(second, "ann: quiet now");
        awaitMessages(first, "ann: quiet now");
        change("bob", "{\"allow\":[],\"publish\":[]}");
        assertThat(relay.api().publish("rooms.7", "ann alone")).isEqualTo(1);
    }

    private void change(String user, String change) {
        Answer answer =
                relay.api().send("PATCH", "/clients?user_id=" + user, change, "Content-Type", "application/json");
        assertThat(answer.json().path("changed").asInt()).as(answer.body()).isEqualTo(1);
    }

    private void join(Chromium browser, String name) {
        browser.open(chat + name);
        awaitState(browser, "open");
    }

    private static void say(Chromium browser, String text) {
        browser.evaluate("document.getElementById('text').value = " + TestJson.text(text)
                + "; document.getElementById('say').requestSubmit()");
    }

    private static List<String> messages(Chromium browser) {
        return browser.evaluateToTexts("[...document.querySelectorAll('#messages li')].map(line => line.textContent)");
    }

    private static void awaitMessages(Chromium browser, String... expected) {
        await().atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(messages(browser)).containsExactly(expected));
    }

    /** Waits until the page says any of this of itself. */
    private static void awaitState(Chromium browser, String... anyOf) {
        await().atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(browser.evaluate("document.getElementById('state').textContent")
                                .asText())
                        .containsAnyOf(anyOf));
    }

    private String withRelay(String text) {
        assertThat(text).contains("http://localhost:8000");
        return text.replace("http://localhost:8000", "http://127.0.0.1:" + line.port());
    }

    /** The only block of that language in the recipe. */
    private static String block(String language) throws IOException {
        String recipe = Files.readString(RECIPES).split("\n## Chat\n", -1)[1].split("\n## ", -1)[0];
        List<String> blocks = Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(recipe)
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(blocks).as(language).hasSize(1);
        return blocks.get(0);
    }
}
