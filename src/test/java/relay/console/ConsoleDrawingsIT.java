package relay.console;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import relay.TestRelay;
import relay.console.FakeAdmin.Said;
import relay.testing.Chromium;

/** Draws the console for somebody to look at, into the directory that {@code -Drelay.drawings} names. */
@EnabledIfSystemProperty(named = "relay.drawings", matches = ".+")
class ConsoleDrawingsIT {
    private static final List<String> TOPICS = List.of(
            "birds", "cats", "dogs", "news.europe.sports", "orders.42", "orders.43", "prices.EURUSD", "room.kitchen");

    @TempDir
    private Path profile;

    @Test
    void aRelayThatHasJustStarted() throws IOException {
        try (TestRelay relay = TestRelay.start();
                FakeAdmin admin = FakeAdmin.before(relay.api());
                Chromium chromium = Chromium.start(profile)) {
            admin.say("/metrics", asked -> Said.ok(Canned.metrics(0, 0, 0)));
            admin.say("/topics", asked -> Said.ok(Canned.NOTHING));
            admin.say("/clients", asked -> Said.ok(Canned.NOTHING));
            chromium.open(admin.url());
            awaitLooks(admin, 3);
            drawAll(chromium, "empty");
        }
    }

    @Test
    void aRelayThatWantsAKey() throws IOException {
        try (TestRelay relay = TestRelay.start();
                FakeAdmin admin = FakeAdmin.before(relay.api());
                Chromium chromium = Chromium.start(profile)) {
            List.of("/metrics", "/topics", "/clients")
                    .forEach(path -> admin.say(
                            path, asked -> Said.problem(401, "an API key is needed: Authorization: Bearer <key>")));
            chromium.open(admin.url());
            awaitLooks(admin, 1);
            drawAll(chromium, "key");
        }
    }

    @Test
    void aRelayWithMuchToDo() throws IOException {
        try (TestRelay relay = TestRelay.start();
                FakeAdmin admin = FakeAdmin.before(relay.api());
                Chromium chromium = Chromium.start(profile)) {
            long start = System.nanoTime();
            admin.say("/metrics", asked -> Said.ok(busy((System.nanoTime() - start) / 1e9)));
            admin.say(
                    "/topics",
                    asked -> Said.ok("{\"topics\":["
                            + String.join(
                                    ",", TOPICS.stream().map(Canned::topic).toList())
                            + "],\"next\":\"room.kitchen\"}"));
            admin.say(
                    "/clients",
                    asked -> Said.ok(Canned.clients(IntStream.range(0, 12)
                            .mapToObj(i -> Canned.client(
                                    "%08x".formatted(1_654_354_827 * (i + 1)),
                                    i % 4 == 3 ? "\"user-" + i + "@example.com\"" : String.valueOf(i * i),
                                    i % 5 != 2,
                                    "\"" + String.join("\",\"", TOPICS.subList(i % 8, Math.min(8, i % 8 + 1 + i % 4)))
                                            + "\""))
                            .toArray(String[]::new))));
            admin.say(
                    "/hook",
                    asked -> Said.ok(Canned.hook(
                            1204,
                            0,
                            "\"last\":{\"status\":503,\"at\":\"" + Instant.now().minusSeconds(3)
                                    + "\"},\"next_attempt\":\"" + Instant.now().plusSeconds(9) + "\"")));
            chromium.open(admin.url());
            fillArrivals(chromium);
            awaitLooks(admin, Integer.getInteger("relay.drawings.looks", 30));
            drawAll(chromium, "busy");
        }
    }

    @Test
    void aClientThatIsTried() throws IOException {
        try (TestRelay relay = TestRelay.start();
                Chromium chromium = Chromium.start(profile)) {
            ConsolePage page = new ConsolePage(chromium);
            chromium.open("http://127.0.0.1:" + relay.port() + "/");
            page.press("open", "Subscribe");
            page.awaitText("open-note", "Connected");
            page.type("try-publish", "cats, rooms.*");
            page.click("try-connect");
            page.awaitText("connect-note", "Connected");
            page.press("speak", "Publish");
            page.awaitText("arrivals", "published as");
            page.press("publish", "Publish");
            page.awaitText("publish-note", "Handed");
            page.type("try-topics", "x".repeat(300));
            page.click("try-subscribe");
            page.awaitText("arrivals", "256 characters");
            page.type("try-topics", "cats, dogs");
            page.click("try-subscribe");
            page.awaitText("arrivals", "cats, dogs");
            page.type("pub-topic", "x".repeat(300));
            page.press("publish", "Publish");
            page.awaitText("publish-note", "256 characters");
            drawAll(chromium, "tried");
        }
    }

    private static String busy(double seconds) {
        double published = 900 * seconds - 4000 * Math.cos(seconds / 9);
        return """
                relay_registrations %.0f
                relay_connections %.0f
                relay_queue_bytes %.0f
                relay_publishes_total %.0f
                relay_deliveries_total %.0f
                relay_closes_total{code="4408"} %d
                """.formatted(
                        1204 + 9 * seconds,
                        1187 + 9 * seconds - 60 * Math.abs(Math.sin(seconds / 7)),
                        3e6 * Math.max(0, Math.sin(seconds / 5)),
                        published,
                        published * 310,
                        (int) (seconds / 25));
    }

    /** The page's own rows, made without a socket, which would be at the relay's address and not at this page's. */
    private static void fillArrivals(Chromium chromium) {
        chromium.evaluate("""
                import('./console/dom.js').then(({ make, byId }) => {
                    byId('arrivals-empty').hidden = true;
                    for (let i = 0; i < 14; i++) {
                        byId('arrivals').append(make('li', {}, make('time', {}, `13:05:${50 - i}.${100 + 37 * i}`),
                            make('div', {}, make('span', { class: 'topic' }, i % 3 ? 'cats' : 'news.europe.sports'),
                                make('span', { class: i === 6 ? 'text said' : i === 9 ? 'text wrong' : 'text' },
                                    i === 6 ? 'topics are now: cats, dogs' : i === 9 ? 'messages are missing here (trimmed)'
                                        : i % 4 ? 'are awesome' : '{"price":1.0842,"at":"2026-11-23T13:05:00Z","note":"a longer message, which goes on for more than one line on most screens"}'))));
                    }
                })""");
    }

    private static void awaitLooks(FakeAdmin admin, int looks) {
        await().atMost(Duration.ofMinutes(4))
                .until(() -> admin.asked("/metrics").size() >= looks);
    }

    private static void drawAll(Chromium chromium, String name) throws IOException {
        Path directory = Files.createDirectories(Path.of(System.getProperty("relay.drawings")));
        for (String colorScheme : List.of("light", "dark")) {
            for (int width : List.of(360, 800, 1400)) {
                chromium.present(width, 900, colorScheme);
                chromium.draw(directory.resolve(name + "-" + colorScheme + "-" + width + ".png"));
            }
        }
    }
}
