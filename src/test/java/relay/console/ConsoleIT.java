package relay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.TestRelay;
import relay.console.FakeAdmin.Said;

/** The console in a browser that nobody here wrote. */
class ConsoleIT extends ConsoleInBrowser {
    @AutoClose
    private TestRelay relay;

    @AutoClose
    private FakeAdmin admin;

    @BeforeEach
    void startARelay() {
        chromium.present(1280, 900, "light");
        relay = TestRelay.start();
        admin = FakeAdmin.before(relay.api());
        admin.say("/metrics", asked -> Said.ok(Canned.metrics(12, 7, 0)));
        admin.say("/topics", asked -> Said.ok(Canned.NOTHING));
        admin.say("/clients", asked -> Said.ok(Canned.NOTHING));
    }

    @Test
    void theFiguresAreThoseOfTheMetricsAndRatesAreTheirGrowth() {
        AtomicInteger looks = new AtomicInteger();
        admin.say("/metrics", asked -> Said.ok(Canned.metrics(1204, 1187, 1000 * looks.getAndIncrement())));
        chromium.open(admin.url());
        await().untilAsserted(() -> assertThat(figures())
                .startsWith("Clients 1,204", "Connections 1,187", "Queued 1.5MiB")
                .element(3)
                .asString()
                .matches("Publishes [1-9][\\d,]*/s"));
        assertThat(figures()).element(4).asString().matches("Deliveries [1-9][\\d,]*/s");
        assertThat(figures()).element(5).isEqualTo("Slow closes 3");
        await().untilAsserted(() -> assertThat(
                        chromium.evaluateToTexts(
                                "[...document.querySelectorAll('#figures path:nth-of-type(3)')].map(pen => pen.getAttribute('d'))"))
                .hasSize(6)
                .allMatch(line -> line.matches("M[\\d.]+ [\\d.]+(L[\\d.]+ [\\d.]+)+|M[\\d.]+ [\\d.]+")));
        assertThat(page.text("state")).startsWith("Live from 127.0.0.1:");
    }

    @Test
    void aRestartOfTheRelayIsNoRate() {
        AtomicInteger looks = new AtomicInteger();
        admin.say("/metrics", asked -> Said.ok(Canned.metrics(1, 1, 1000 - 100 * looks.getAndIncrement())));
        chromium.open(admin.url());
        await().until(() -> looks.get() > 2);
        assertThat(figures()).element(3).isEqualTo("Publishes –/s");
    }

    @Test
    void aRelayThatStopsAnsweringIsSaidToAndItsReturnSeen() {
        chromium.open(admin.url());
        page.awaitText("state", "Live from");
        admin.say("/metrics", asked -> Said.problem(503, "the relay is going away"));
        page.awaitText("figures-note", "the relay is going away");
        admin.say("/metrics", asked -> Said.ok(Canned.metrics(13, 7, 0)));
        page.awaitText("figures", "13");
        assertThat(page.text("figures-note")).isEmpty();
    }

    @Test
    void aRelayThatIsGoneIsSaidToBeSo() {
        chromium.open(admin.url());
        page.awaitText("state", "Live from");
        admin.close();
        page.awaitText("state", "No answer from");
        page.awaitText("figures-note", "No answer from the relay.");
    }

    @Test
    void theTopicsAreShownAPageAtATime() {
        admin.say("/topics", Canned::fortyFiveTopics);
        chromium.open(admin.url());
        page.awaitTexts("#topics tbody tr", topicRows(100, 119));
        page.press("topics-pager", "Next");
        page.awaitTexts("#topics tbody tr", topicRows(120, 139));
        page.press("topics-pager", "Next");
        page.awaitTexts("#topics tbody tr", topicRows(140, 144));
        assertThat(page.is("document.querySelector('#topics-pager button:last-child').disabled"))
                .isTrue();
        page.press("topics-pager", "Back");
        page.awaitTexts("#topics tbody tr", topicRows(120, 139));
    }

    @ParameterizedTest
    @CsvSource({"topic.11, 110, 119", "topic.142, 142, 142", "topic.144, 144, 144", "t, 100, 119"})
    void theFilterGoesToTheTopicsThatBeginSo(String prefix, int first, int last) {
        admin.say("/topics", Canned::fortyFiveTopics);
        chromium.open(admin.url());
        page.awaitTexts("#topics tbody tr", topicRows(100, 119));
        page.type("topics-filter", prefix);
        page.awaitTexts("#topics tbody tr", topicRows(first, last));
    }

    @Test
    void aFilterThatNoTopicFitsIsSaidTo() {
        admin.say("/topics", Canned::fortyFiveTopics);
        chromium.open(admin.url());
        page.type("topics-filter", "u");
        page.awaitText("topics-note", "Nobody subscribes to a topic that begins with u");
        assertThat(page.texts("#topics tbody tr")).isEmpty();
    }

    @Test
    void theClientsAreThoseOfTheUserThatIsAskedFor() {
        admin.say(
                "/clients",
                asked -> Said.ok(
                        asked.parameter("user_id").equals("a b&c")
                                ? Canned.clients(Canned.client("625ac78b", "\"a b&c\"", true, "\"cats\",\"dogs\""))
                                : Canned.clients(
                                        Canned.client("11111111", "1", true, "\"cats\""),
                                        Canned.client("22222222", "\"18446744073709551615\"", false, ""))));
        chromium.open(admin.url());
        page.awaitTexts("#clients tbody td:first-child", List.of("11111111", "22222222"));
        assertThat(page.texts("#clients td.connected")).containsExactly("11111111");
        assertThat(page.texts("#clients td:nth-child(2)")).containsExactly("1", "18446744073709551615");
        page.type("clients-filter", "a b&c");
        page.awaitTexts("#clients tbody td:nth-child(-n+4)", List.of("625ac78b", "a b&c", "cats, dogs", "2 KiB"));
    }

    @Test
    void aTopicNamedAsMarkupIsJustText() {
        admin.say("/topics", asked -> Said.ok("{\"topics\":[" + Canned.topic(MARKUP) + "]}"));
        admin.say(
                "/clients",
                asked -> Said.ok(
                        Canned.clients(Canned.client("625ac78b", "\"" + MARKUP + "\"", true, "\"" + MARKUP + "\""))));
        chromium.open(admin.url());
        page.awaitTexts("#topics tbody td:first-child", List.of(MARKUP));
        page.awaitTexts("#clients tbody td:nth-child(2)", List.of(MARKUP));
        admin.say("/topics", asked -> Said.problem(400, MARKUP));
        page.type("topics-filter", MARKUP);
        page.awaitText("topics-note", MARKUP);
        page.assertThatNothingRan();
    }

    @Test
    void thePolicyLetsNoMarkupBeMadeOfText() {
        chromium.open(admin.url());
        assertThat(
                        page.is(
                                "(() => { try { document.body.innerHTML = '<b>b</b>'; } catch (e) { return e instanceof TypeError; } })()"))
                .isTrue();
        assertThat(chromium.complaints()).anyMatch(complaint -> complaint.contains("TrustedHTML"));
        chromium.open(admin.url());
    }

    @Test
    void whatThisRelayDoesNotHaveIsSaidInItsPlace() {
        Stream.of("/metrics", "/topics", "/clients")
                .forEach(path -> admin.say(path, asked -> Said.problem(404, "there is no such path")));
        chromium.open(admin.url());
        page.awaitText("figures-note", "This relay does not have /metrics.");
        page.awaitText("topics-note", "This relay does not have /topics.");
        page.awaitText("clients-note", "This relay does not have /clients.");
        assertThat(page.texts("#figures, #topics, #clients")).isEmpty();
        assertThat(page.text("connect-line")).contains("websocat");
    }

    @Test
    void aKeyIsAskedForUsedAndForgottenAndNeverShown() {
        Stream.of("/metrics", "/topics", "/clients")
                .forEach(path -> admin.say(path, asked -> {
                    if (!asked.authorization().equals("Bearer s3cr3t")) {
                        return Said.problem(401, "an API key is needed: Authorization: Bearer <key>");
                    }
                    return Said.ok(path.equals("/metrics") ? Canned.metrics(12, 7, 0) : Canned.NOTHING);
                }));
        chromium.open(admin.url());
        page.awaitText("key-why", "an API key is needed");
        assertThat(page.text("connect-line")).doesNotContain("RELAY_KEY");
        page.type("key", "wr0ng");
        page.press("key-form", "Use key");
        await().until(() -> admin.asked("/metrics").stream()
                .anyMatch(asked -> asked.authorization().equals("Bearer wr0ng")));
        page.awaitText("key-why", "an API key is needed");
        page.type("key", "s3cr3t");
        page.press("key-form", "Use key");
        page.awaitText("state", "Live from");
        page.awaitText("topics-note", "Nobody subscribes");
        assertThat(page.text("key-form")).isEmpty();
        assertThat(page.text("connect-line")).contains("-H \"Authorization: Bearer $RELAY_KEY\"");
        assertThat(chromium.evaluate("document.documentElement.outerHTML + document.getElementById('key').value")
                        .asText())
                .doesNotContain("s3cr3t");
        assertThat(chromium.evaluate("Object.keys(localStorage).length + document.cookie.length")
                        .asInt())
                .isZero();
        page.click("key-toggle");
        page.press("key-form", "Forget key");
        page.awaitText("key-why", "an API key is needed");
        assertThat(page.is("Object.values(sessionStorage).includes('s3cr3t')")).isFalse();
    }

    @Test
    void whetherTheBackendTakesItsEventsIsShown() {
        admin.say(
                "/hook",
                asked -> Said.ok(Canned.hook(0, 0, "\"last\":{\"status\":204,\"at\":\"2026-11-23T13:00:00Z\"}")));
        chromium.open(admin.url());
        page.awaitText("hook-url", "https://backend.example.com/events");
        assertThat(page.texts("#hook-facts dt")).containsExactly("Waiting", "Dropped", "Last answer", "Next attempt");
        assertThat(page.texts("#hook-facts dd")).first().isEqualTo("0");
        assertThat(page.texts("#hook-facts dd")).element(2).asString().startsWith("204, ");
        assertThat(page.texts("#hook-facts .wrong")).isEmpty();
    }

    @Test
    void anEndpointThatFailsIsShownAndNothingOfItBecomesMarkup() {
        admin.say(
                "/hook",
                asked -> Said.ok(Canned.hook(
                        1234,
                        3,
                        "\"last\":{\"error\":\"" + MARKUP
                                + "\",\"at\":\"2026-11-23T13:00:00Z\"},\"next_attempt\":\"2100-01-01T00:00:00Z\"")));
        chromium.open(admin.url());
        page.awaitTexts("#hook-facts .wrong dt", List.of("Dropped", "Last answer"));
        assertThat(page.texts("#hook-facts dd")).startsWith("1,234", "3");
        assertThat(page.texts("#hook-facts dd")).element(2).asString().startsWith(MARKUP + ", ");
        assertThat(page.texts("#hook-facts dd")).element(3).asString().startsWith("in ");
        page.assertThatNothingRan();
        admin.say("/hook", asked -> Said.problem(503, "the relay is going away"));
        page.awaitText("hook-note", "the relay is going away");
        admin.say("/hook", asked -> Said.problem(404, "there is no --hook"));
        await().untilAsserted(() -> assertThat(page.text("hook")).isEmpty());
    }

    @Test
    void aRelayThatPostsNoEventsSaysNothingOfThem() {
        admin.say("/hook", asked -> Said.problem(404, "there is no --hook"));
        chromium.open(admin.url());
        page.awaitText("state", "Live from");
        await().until(() -> !admin.asked("/hook").isEmpty());
        assertThat(page.text("hook")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"360, light", "360, dark", "800, light", "1400, dark"})
    void nothingSticksOutOfAPhoneOrAScreen(int width, String colorScheme) {
        admin.say("/topics", asked -> Said.ok("{\"topics\":[" + Canned.topic("w".repeat(256)) + "],\"next\":\"w\"}"));
        admin.say(
                "/clients",
                asked -> Said.ok(Canned.clients(Canned.client(
                        "625ac78b", "\"" + "u".repeat(256) + "\"", true, "\"" + "t".repeat(256) + "\""))));
        admin.say(
                "/hook",
                asked -> Said.ok(Canned.hook(
                        1, 0, "\"last\":{\"error\":\"" + "e".repeat(256) + "\",\"at\":\"2026-11-23T13:00:00Z\"}")));
        chromium.present(width, 800, colorScheme);
        chromium.open(admin.url());
        page.awaitText("topics", "www");
        page.awaitText("clients", "625ac78b");
        page.awaitText("hook", "eee");
        assertThat(chromium.evaluate("document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(width);
        assertThat(page.is("matchMedia('(prefers-color-scheme: dark)').matches"))
                .isEqualTo(colorScheme.equals("dark"));
    }

    @Test
    void allThatTakesInputHasALabel() {
        chromium.open(admin.url());
        assertThat(page.is("[...document.querySelectorAll('input')].every(input => input.labels.length === 1)"))
                .isTrue();
        assertThat(page.is("[...document.querySelectorAll('button')].every(button => button.textContent.trim())"))
                .isTrue();
    }

    private static List<String> figures() {
        return page.texts("#figures > div").stream()
                .map(text -> text.replaceAll("(?s)\\s+", " ")
                        .replaceFirst(" peak .*", "")
                        .strip())
                .toList();
    }

    private static List<String> topicRows(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(i -> "topic." + i + "\t3\t2")
                .toList();
    }
}
