package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.access.NewToken;
import relay.message.TopicPattern;
import relay.message.UserId;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.Chromium;
import relay.testing.CuttableProxy;
import relay.testing.ExternalProgram;
import relay.testing.FaultyProxy;
import relay.testing.FaultyProxy.Fault;
import relay.testing.FaultyProxy.Plan;
import relay.testing.ManualClock;
import relay.testing.TestSocket;

/** What a page of another origin receives by relay.js, over lines that do not hold. */
class ScriptIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final int CUTS = 20;
    private static final int LONGEST_LIFE_MILLIS = 300;

    @TempDir
    private static Path profile;

    @TempDir
    private Path folder;

    private static Chromium chromium;
    private final List<AutoCloseable> running = new ArrayList<>();

    @BeforeAll
    static void startTheBrowser() {
        chromium = Chromium.start(profile);
    }

    @AfterAll
    static void endTheBrowser() {
        chromium.close();
    }

    @AfterEach
    void endAllThatRuns() throws Exception {
        chromium.evaluate("globalThis.client?.close()");
        for (int i = running.size() - 1; i >= 0; i--) {
            running.get(i).close();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void overTwentyCutsNothingIsMissingRepeatedOrOutOfOrder(long seed) {
        TestRelay relay = run(TestRelay.start("--history-messages", "100000"));
        Random random = new Random(seed);
        FaultyProxy proxy = run(new FaultyProxy(relay.port()));
        proxy.plan(plan(random));
        connect(
                relay,
                along(proxy, relay, relay.api().registerKept(1, 60, "cats").url()),
                "");
        int published = 0;
        int cuts = 0;
        while (cuts < CUTS) {
            published++;
            relay.api().publish("cats", String.valueOf(published));
            if (proxy.faults() > cuts) {
                cuts = proxy.faults();
                proxy.plan(plan(random));
            }
        }
        awaitReceived(published);
        assertThat(received()).isEqualTo(numbered(1, published));
        assertThat(told("gaps")).isEmpty();
        assertThat(told("states").findValuesAsText("state"))
                .filteredOn("waiting"::equals)
                .hasSizeGreaterThan(CUTS / 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 4})
    void whatThePagePublishesOverCutsIsPublishedOnceAndInItsOrder(long seed) {
        TestRelay relay = run(TestRelay.start("--max-frames-per-second", "10000", "--history-messages", "100000"));
        Random random = new Random(seed);
        FaultyProxy proxy = run(new FaultyProxy(relay.port()));
        proxy.plan(plan(random));
        String url = relay.api()
                .post("/register", "{\"user_id\":1,\"keep\":60,\"topics\":[\"cats\"],\"publish\":[\"cats\"]}")
                .json()
                .get("url")
                .asText();
        connect(relay, along(proxy, relay, url), "");
        chromium.evaluate("""
                globalThis.published = [];
                globalThis.stopped = false;
                globalThis.done = false;
                void (async () => {
                    for (let i = 1; !stopped; i += 2) {
                        const two = [client.publish('cats', String(i)), client.publish('cats', i + 1)];
                        published.push(...(await Promise.all(two)).map(({ id }) => id));
                        await new Promise((resolve) => setTimeout(resolve, 5));
                    }
                    done = true;
                })()""");
        int cuts = 0;
        while (cuts < CUTS / 2) {
            int before = cuts;
            await().atMost(TIMEOUT).until(() -> proxy.faults() > before);
            cuts = proxy.faults();
            proxy.plan(plan(random));
        }
        proxy.plan(new Plan(Fault.CUT, Integer.MAX_VALUE));
        chromium.evaluate("stopped = true");
        await().atMost(TIMEOUT).until(() -> chromium.evaluate("done").asBoolean());
        List<String> published = chromium.evaluateToTexts("published");
        awaitReceived(published.size());
        assertThat(received()).isEqualTo(numbered(1, published.size()));
        List<JsonNode> held = held(relay);
        assertThat(held).extracting(one -> one.get("id").asText()).isEqualTo(published);
        assertThat(held).extracting(one -> one.get("message").asText()).isEqualTo(numbered(1, published.size()));
        assertThat(chromium.evaluate("client.publish('dogs', 'no').catch((e) => e.code)")
                        .asText())
                .isEqualTo("not_allowed");
    }

    private static List<JsonNode> held(TestRelay relay) {
        List<JsonNode> all = new ArrayList<>();
        JsonNode page =
                relay.api().get("/topics/cats/messages?since=all&limit=1000").json();
        while (!page.get("messages").isEmpty()) {
            page.get("messages").forEach(all::add);
            page = relay.api()
                    .get("/topics/cats/messages?limit=1000&after="
                            + page.get("next").asText())
                    .json();
        }
        return all;
    }

    @Test
    void whatIsNoLongerHeldIsReportedAsAGapInFrontOfWhatIs() {
        TestRelay relay = run(TestRelay.start("--history-messages", "4"));
        CuttableProxy line = run(CuttableProxy.to(relay.port()));
        connect(relay, line.along(relay.api().registerKept(1, 60, "cats").url()), "");
        String last = publish(relay, 1).get("id").asText();
        awaitReceived(1);
        line.cut();
        IntStream.rangeClosed(2, 10).forEach(i -> publish(relay, i));
        line.mend();
        awaitReceived(5);
        assertThat(received()).containsExactly("1", "7", "8", "9", "10");
        assertThat(told("gaps")).hasSize(1);
        assertThat(told("gaps").get(0).get("after").asText()).isEqualTo(last);
        assertThat(told("gaps").get(0).get("reason").asText()).isEqualTo("trimmed");
    }

    @Test
    void itAsksForTopicsAndForTheirPast() {
        TestRelay relay = run(TestRelay.start());
        relay.api().publish("dogs", "1");
        relay.api().publish("dogs", "2");
        connect(relay, relay.api().register(1, "cats").url(), "");
        assertThat(chromium.evaluateToTexts("client.subscribe(['dogs'], { last: 1 })"))
                .containsExactly("dogs");
        relay.api().publish("cats", "no more");
        relay.api().publish("dogs", "3");
        awaitReceived(2);
        assertThat(received()).containsExactly("2", "3");
        assertThat(chromium.evaluate("client.subscribe(['']).catch((e) => e.code)")
                        .asText())
                .isEqualTo("invalid_command");
    }

    @Test
    void whatItsBackendAddsArrivesToo() {
        TestRelay relay = run(TestRelay.start());
        Registered registered = relay.api().register(1, "cats");
        connect(relay, registered.url(), "");
        assertThat(chromium.evaluateToTexts("client.subscribe(['dogs'])")).containsExactly("dogs");
        relay.api()
                .send(
                        "PATCH",
                        "/register/" + registered.id(),
                        "{\"add\":[\"birds.*\"]}",
                        "Content-Type",
                        "application/json");
        relay.api().publish("birds.7", "1");
        relay.api().publish("dogs", "2");
        relay.api().publish("birds.8", "3");
        awaitReceived(3);
        assertThat(received()).containsExactly("1", "2", "3");
    }

    @Test
    void theSnippetOfTheQuickStartRuns() throws IOException {
        String snippet = snippet("import { connect }");
        TestRelay relay = run(TestRelay.start());
        relay.api().publish("dogs", "bark");
        chromium.evaluate("""
                globalThis.url = '%s';
                globalThis.logged = [];
                console.log = (...values) => logged.push(values.join(' '));
                import(URL.createObjectURL(new Blob([`%s`], { type: 'text/javascript' })))""".formatted(
                        relay.api().register(1, "birds").url(),
                        snippet.replace("localhost:8000", "127.0.0.1:" + relay.port())));
        relay.api().publish("cats", "are awesome");
        await().atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(chromium.evaluateToTexts("logged"))
                        .containsExactly("dogs bark", "cats are awesome"));
    }

    @Test
    void theSnippetOfTheQuickStartWithoutARegistrationRuns() throws IOException {
        TestRelay relay = run(TestRelay.start());
        relay.api().publish("cats", "before");
        chromium.evaluate(
                """
                globalThis.logged = [];
                console.log = (...values) => logged.push(values.join(' '));
                import(URL.createObjectURL(new Blob([`%s`], { type: 'text/javascript' })))""".formatted(snippet("import { subscribe }").replace("localhost:8000", "127.0.0.1:" + relay.port())));
        await().atMost(TIMEOUT)
                .untilAsserted(
                        () -> assertThat(chromium.evaluateToTexts("logged")).containsExactly("before"));
        await().atMost(TIMEOUT).until(() -> relay.api().publish("cats", "are awesome") == 1);
        await().atMost(TIMEOUT)
                .untilAsserted(
                        () -> assertThat(chromium.evaluateToTexts("logged")).contains("are awesome"));
    }

    /** In the first cut it has received nothing yet, so it has no id to go on with but that of the newest message at its start. */
    @Test
    void withoutARegistrationNothingIsMissingAfterCutsNotEvenBeforeTheFirstMessage() {
        TestRelay relay = run(TestRelay.start());
        publish(relay, 1);
        CuttableProxy line = run(CuttableProxy.to(relay.port()));
        subscribe(relay, line.port(), "");
        line.cut();
        publish(relay, 2);
        line.mend();
        publish(relay, 3);
        awaitReceived(2);
        line.cutUnnoticed();
        publish(relay, 4);
        line.mend();
        publish(relay, 5);
        awaitReceived(4);
        assertThat(received()).isEqualTo(numbered(2, 5));
        assertThat(told("gaps")).isEmpty();
    }

    @Test
    void withoutARegistrationATokenIsSentAsASubprotocolAndAnotherIsAskedForWhenItIsNotGood() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "0123456789abcdef".repeat(2));
        TestRelay relay = run(TestRelay.start("--jwt-secret-file", secret.toString()));
        String token = new NewToken(new UserId("1"), List.of(), Duration.ofHours(1), List.of(), Optional.empty())
                .sign(secret, InstantSource.system());
        chromium.evaluate("globalThis.tokens = ['wrong', '%s']".formatted(token));
        subscribe(relay, relay.port(), "token: async () => tokens.length > 1 ? tokens.shift() : tokens[0],");
        await().atMost(TIMEOUT).until(() -> relay.api().publish(1, "cats", "1") == 1);
        awaitReceived(1);
        assertThat(told("states").findValuesAsText("code")).containsExactly("4401");
        assertThat(told("states").findValuesAsText("reason").get(0)).isNotEmpty();
    }

    @Test
    void withoutARegistrationItStopsWhereItMayNotSubscribe() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "0123456789abcdef".repeat(2));
        TestRelay relay = run(TestRelay.start("--jwt-secret-file", secret.toString()));
        String token = new NewToken(
                        new UserId("1"),
                        List.of(new TopicPattern("dogs")),
                        Duration.ofHours(1),
                        List.of(),
                        Optional.empty())
                .sign(secret, InstantSource.system());
        subscribe(relay, relay.port(), "token: '%s',".formatted(token));
        awaitState("closed");
        assertThat(lastState().get("code").asInt()).isEqualTo(4403);
        assertThat(lastState().get("reason").asText()).contains("cats");
    }

    @Test
    void itStopsWhenItsRegistrationIsDeleted() {
        TestRelay relay = run(TestRelay.start());
        Registered client = relay.api().registerKept(1, 60, "cats");
        connect(relay, client.url(), "");
        relay.api().delete("/register/" + client.id());
        awaitState("closed");
        assertThat(lastState().get("code").asInt()).isEqualTo(4404);
    }

    @Test
    void itStopsWhenAnotherTakesItsPlace() {
        TestRelay relay = run(TestRelay.start());
        Registered client = relay.api().registerKept(1, 60, "cats");
        connect(relay, client.url(), "");
        try (TestSocket other = TestSocket.open(client.url())) {
            awaitState("closed");
            assertThat(lastState().get("code").asInt()).isEqualTo(4409);
            other.barrier();
            assertThat(other.isClosed()).isFalse();
        }
    }

    @Test
    void itRenewsARegistrationThatEndedWithItsConnectionAndMissesNothing() {
        TestRelay relay = run(TestRelay.start());
        CuttableProxy line = run(CuttableProxy.to(relay.port()));
        connect(relay, line.along(relay.api().register(1, "cats", "dogs").url()), """
                topics: ['cats'],
                renewAfter: 1,
                renew: async () => {
                    const answer = await fetch('http://127.0.0.1:%d/register', {
                        method: 'POST',
                        headers: { 'Content-Type': 'application/json' },
                        body: JSON.stringify({ user_id: 1, topics: ['birds'] }),
                    });
                    return (await answer.json()).url;
                },""".formatted(relay.port()));
        await().atMost(TIMEOUT).until(() -> relay.api().publish("dogs", "not asked for") == 0);
        publish(relay, 1);
        awaitReceived(1);
        line.cut();
        publish(relay, 2);
        line.mend();
        publish(relay, 3);
        awaitReceived(3);
        publish(relay, 4);
        awaitReceived(4);
        assertThat(received()).isEqualTo(numbered(1, 4));
    }

    @Test
    void itRenewsACredentialThatHasExpired() throws Exception {
        RSAKey key = new RSAKeyGenerator(2048).keyID("one").generate();
        Path keys = Files.writeString(folder.resolve("keys.json"), new JWKSet(key.toPublicJWK()).toString());
        ManualClock clock = new ManualClock();
        AtomicReference<Instant> now = new AtomicReference<>(NOON);
        TestRelay relay = run(
                TestRelay.start(clock, now::get, Map.of(), "--jwt-jwks", keys.toString(), "--jwt-audience", "relay"));
        JsonNode registered = relay.api()
                .send("POST", "/register", "{}", "Authorization", "Bearer " + token(key, NOON.plusSeconds(20)))
                .json();
        connect(relay, registered.get("url").asText(), """
                renew: async () => {
                    const answer = await fetch('http://127.0.0.1:%d/register', {
                        method: 'POST',
                        headers: { Authorization: 'Bearer %s', 'Content-Type': 'application/json' },
                        body: '{}',
                    });
                    return (await answer.json()).url;
                },""".formatted(relay.port(), token(key, NOON.plusSeconds(3600))));
        publish(relay, 1);
        awaitReceived(1);
        now.set(NOON.plusSeconds(20));
        clock.advance(Duration.ofSeconds(20));
        await().atMost(TIMEOUT)
                .until(() -> told("states").findValuesAsText("code").contains("4401"));
        publish(relay, 2);
        awaitReceived(2);
        assertThat(received()).isEqualTo(numbered(1, 2));
    }

    @Test
    void inNodeItTakesTheSocketThatItIsGiven() throws IOException {
        Map<String, String> libraries = Map.of("NODE_PATH", "/usr/share/nodejs");
        ExternalProgram.require("nodejs node-ws", libraries, "/usr/bin/node", "--eval", "require('ws')");
        TestRelay relay = run(TestRelay.start());
        Path script = folder.resolve("relay.mjs");
        Files.writeString(script, relay.api().get("/relay.js").body());
        Path program = Files.writeString(folder.resolve("program.mjs"), """
                import { createRequire } from 'node:module';
                import { connect } from './relay.mjs';
                const WebSocket = createRequire(import.meta.url)('ws');
                const client = connect(process.argv[2], {
                    WebSocket,
                    minWait: 20,
                    onmessage: ({ message }) => console.log('< ' + message),
                    onstate: (state, { code }) => console.log(state, code ?? ''),
                });
                await client.subscribe(['dogs']);
                console.log('subscribed');
                """);
        CuttableProxy line = run(CuttableProxy.to(relay.port()));
        ExternalProgram node = run(ExternalProgram.start(
                libraries,
                "/usr/bin/node",
                program.toString(),
                line.along(relay.api().registerKept(1, 60, "cats").url())));
        node.awaitThat(() -> node.output().contains("subscribed"));
        relay.api().publish("dogs", "1");
        node.awaitThat(() -> node.output().contains("< 1"));
        line.cut();
        relay.api().publish("dogs", "2");
        line.mend();
        relay.api().publish("dogs", "3");
        node.awaitThat(() -> node.output().contains("< 3"));
        assertThat(node.output().lines().filter(printed -> printed.startsWith("<")))
                .containsExactly("< 1", "< 2", "< 3");
        assertThat(node.output()).contains("waiting 1006");
    }

    private <T extends AutoCloseable> T run(T closeable) {
        running.add(closeable);
        return closeable;
    }

    private static Plan plan(Random random) {
        Fault[] faults = Fault.values();
        return new Plan(faults[random.nextInt(faults.length)], 20 + random.nextInt(LONGEST_LIFE_MILLIS));
    }

    private static String along(FaultyProxy proxy, TestRelay relay, String url) {
        return url.replace(":" + relay.port() + "/", ":" + proxy.port() + "/");
    }

    private static void connect(TestRelay relay, String url, String options) {
        chromium.evaluate("""
                globalThis.told = { messages: [], gaps: [], states: [] };
                import('http://127.0.0.1:%d/relay.js').then(({ connect }) => {
                    globalThis.client = connect('%s', {
                        minWait: 20,
                        maxWait: 200,
                        onmessage: ({ message }) => told.messages.push(message),
                        ongap: (gap) => told.gaps.push(gap),
                        onstate: (state, detail) => told.states.push({ state, ...detail }),
                        %s
                    });
                })""".formatted(relay.port(), url, options));
        await().atMost(TIMEOUT)
                .until(() -> told("states").findValuesAsText("state").contains("open"));
    }

    /** Without a registration, at a port that leads to the relay. */
    private static void subscribe(TestRelay relay, int port, String options) {
        chromium.evaluate("""
                globalThis.told = { messages: [], gaps: [], states: [] };
                import('http://127.0.0.1:%d/relay.js').then(({ subscribe }) => {
                    globalThis.client = subscribe('http://127.0.0.1:%d/', {
                        topics: ['cats'],
                        minWait: 20,
                        maxWait: 200,
                        onmessage: ({ message }) => told.messages.push(message),
                        ongap: (gap) => told.gaps.push(gap),
                        onstate: (state, detail) => told.states.push({ state, ...detail }),
                        %s
                    });
                })""".formatted(relay.port(), port, options));
        await().atMost(TIMEOUT)
                .until(() -> told("states").findValuesAsText("state").contains("open"));
    }

    /** The snippet of the quick start that begins with this. */
    private static String snippet(String beginning) throws IOException {
        String page = Files.readString(Path.of("src/site/markdown/quick-start.md"));
        String snippet = page.substring(page.indexOf(beginning));
        return snippet.substring(0, snippet.indexOf("```"));
    }

    private static List<String> received() {
        return chromium.evaluateToTexts("told.messages");
    }

    private static void awaitReceived(int count) {
        await().atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(
                                chromium.evaluate("told.messages.length").asInt())
                        .isGreaterThanOrEqualTo(count));
    }

    private static JsonNode told(String what) {
        return chromium.evaluate("told." + what);
    }

    private static JsonNode lastState() {
        JsonNode states = told("states");
        return states.path(states.size() - 1);
    }

    private static void awaitState(String state) {
        await().atMost(TIMEOUT).until(() -> lastState().path("state").asText().equals(state));
    }

    private static JsonNode publish(TestRelay relay, int number) {
        Api.Answer answer = relay.api().send("POST", "/publish/cats", String.valueOf(number));
        assertThat(answer.status()).isEqualTo(200);
        return answer.json();
    }

    private static List<String> numbered(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(String::valueOf).toList();
    }

    private static String token(RSAKey key, Instant end) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(),
                new JWTClaimsSet.Builder()
                        .subject("1")
                        .audience("relay")
                        .expirationTime(Date.from(end))
                        .build());
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }
}
