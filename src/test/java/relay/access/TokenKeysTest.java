package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.TestRelay;
import relay.message.InvalidInputException;
import relay.testing.Api.Answer;
import relay.testing.ManualClock;
import relay.testing.RecordedLog;

/** Where the keys come from that sign tokens. */
class TokenKeysTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String ENDLESS = "endless";

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger endless = new AtomicInteger();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile String keys = "";
    private HttpServer issuer;

    @BeforeEach
    void startIssuer() throws IOException {
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext("/jwks", exchange -> {
            requests.incrementAndGet();
            if (keys.equals(ENDLESS)) {
                drip(exchange);
                return;
            }
            byte[] body = keys.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(keys.isEmpty() ? 500 : 200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        issuer.createContext("/moved", exchange -> redirect(exchange, "/jwks"));
        issuer.createContext("/round", exchange -> redirect(exchange, "/round"));
        issuer.setExecutor(threads);
        issuer.start();
    }

    private static void redirect(HttpExchange exchange, String target) throws IOException {
        exchange.getResponseHeaders().set("Location", target);
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    /** Never silent for long, and never done. */
    private void drip(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        endless.incrementAndGet();
        try {
            while (!stopped.await(100, TimeUnit.MILLISECONDS)) {
                exchange.getResponseBody().write(' ');
                exchange.getResponseBody().flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            endless.decrementAndGet();
            exchange.close();
        }
    }

    @AfterEach
    void stopIssuer() {
        stopped.countDown();
        issuer.stop(0);
        threads.shutdownNow();
    }

    @Test
    void theKeysOfAUrlAreFetchedOnceAndAgainForANewKeyButNotForEveryStranger() throws JOSEException {
        ECKey first = key("first");
        ECKey second = key("second");
        keys = new JWKSet(first.toPublicJWK()).toString();
        try (TestRelay relay = start(url())) {
            becomes(200, relay, first);
            for (int i = 0; i < 5; i++) {
                assertThat(register(relay, first).status()).isEqualTo(200);
            }
            assertThat(requests).hasValue(1);
            keys = new JWKSet(second.toPublicJWK()).toString();
            assertThat(register(relay, second).status()).isEqualTo(401);
            becomes(200, relay, second);
            assertThat(requests).hasValue(2);
            for (int i = 0; i < 20; i++) {
                assertThat(register(relay, key("stranger" + i)).status()).isEqualTo(401);
            }
            assertThat(requests.get()).isLessThanOrEqualTo(3);
            assertThat(register(relay, second).status()).isEqualTo(200);
        }
    }

    @Test
    void whileNoKeyIsKnownTokensAreNeitherGoodNorBadAndThenTheyAre() throws JOSEException {
        ECKey late = key("late");
        try (TestRelay relay = start(url())) {
            for (int i = 0; i < 3; i++) {
                Answer answer = register(relay, late);
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.header("Retry-After")).isNotEmpty();
            }
            assertThat(register(relay, "no.token.atall").status()).isEqualTo(401);
            for (String header : List.of("{\"alg\":\"none\"}", "{\"alg\":\"HS256\"}", "{\"alg\":\"RS512\"}")) {
                String token = Base64URL.encode(header) + ".e30." + (header.contains("none") ? "" : "AAAA");
                assertThat(register(relay, token).status()).as(header).isEqualTo(401);
            }
            keys = new JWKSet(late.toPublicJWK()).toString();
            becomes(200, relay, late);
        }
    }

    @Test
    void aSetWithoutKeysIsAsIfTheServerHadNotAnswered() throws JOSEException {
        ECKey late = key("late");
        JWK forEncryption = new ECKeyGenerator(Curve.P_256)
                .keyUse(KeyUse.ENCRYPTION)
                .keyID("late")
                .generate();
        keys = new JWKSet(forEncryption.toPublicJWK()).toString();
        try (TestRelay relay = start(url());
                RecordedLog log = RecordedLog.start()) {
            await().atMost(LONG).until(() -> requests.get() > 0);
            assertThat(register(relay, late).status()).isEqualTo(503);
            keys = new JWKSet(late.toPublicJWK()).toString();
            becomes(200, relay, late);
            assertThat(log.warnings()).singleElement(STRING).contains("no key that signs tokens", "until then");
        }
    }

    @Test
    void aTokenOfANewKeyIsNotBadBeforeTheKeysHaveBeenReadAgain() throws JOSEException {
        ECKey first = key("first");
        ECKey second = key("second");
        keys = new JWKSet(first.toPublicJWK()).toString();
        ManualClock clock = new ManualClock();
        try (TestRelay relay = start(clock, url())) {
            becomes(200, relay, first);
            clock.advance(Duration.ofMinutes(1));
            assertThat(register(relay, first).status()).isEqualTo(200);
            keys = new JWKSet(second.toPublicJWK()).toString();
            Answer answer = register(relay, second);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isNotEmpty();
            becomes(200, relay, second);
            assertThat(register(relay, first).status()).isEqualTo(401);
        }
    }

    @Test
    void aTokenThatNamesNoKeyIsCheckedWithAllAndThenLikeOneOfANewKey() throws JOSEException, IOException {
        ECKey other = new ECKeyGenerator(Curve.P_384).generate();
        ECKey first = key("first");
        ECKey second = key("second");
        keys = new JWKSet(List.of(other.toPublicJWK(), first.toPublicJWK())).toString();
        ManualClock clock = new ManualClock();
        try (TestRelay relay = start(clock, url())) {
            becomes(200, relay, nameless(first));
            clock.advance(Duration.ofMinutes(1));
            keys = new JWKSet(List.of(first.toPublicJWK(), second.toPublicJWK())).toString();
            assertThat(register(relay, nameless(second)).status()).isEqualTo(503);
            becomes(200, relay, nameless(second));
            assertThat(register(relay, nameless(key("third"))).status()).isEqualTo(401);
        }
    }

    private static ECKey nameless(ECKey key) {
        return new ECKey.Builder(key).keyID(null).build();
    }

    @Test
    void whatASetHoldsBesideKnownKeysIsLeftOut() throws Exception {
        ECKey first = key("first");
        String others = "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"eA\"},{\"kty\":\"EC\",\"crv\":\"P-256\"},{},"
                + "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"},"
                + "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAA\"},{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"},"
                + "{\"kty\":\"oct\",\"k\":\"AAAA\"}";
        assertThat(TokenKey.read(
                        "{\"keys\":[" + others + "," + first.toPublicJWK().toJSONString() + "]}"))
                .hasSize(1);
        assertThat(TokenKey.read("{\"keys\":[" + others + "]}")).isEmpty();
        for (String none : List.of("", "[]", "7", "{}", "{\"keys\":7}", "{\"keys\":[7]}", "{\"keys\":null}")) {
            assertThatThrownBy(() -> TokenKey.read(none)).as(none).isInstanceOf(ParseException.class);
        }
    }

    @Test
    void aServerWhoseAnswerHasNoEndIsNobodysTrouble() throws JOSEException {
        ECKey first = key("first");
        keys = new JWKSet(first.toPublicJWK()).toString();
        try (TestRelay relay = start(url())) {
            becomes(200, relay, first);
            keys = ENDLESS;
            for (int i = 0; i < 5; i++) {
                assertThat(register(relay, key("stranger" + i)).status()).isEqualTo(401);
            }
            await().atMost(LONG).until(() -> endless.get() > 0);
            assertThat(register(relay, key("stranger")).status()).isEqualTo(401);
            assertThat(register(relay, first).status()).isEqualTo(200);
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            assertThat(endless).hasPositiveValue();
        }
    }

    @Test
    void aServerThatNeverHadAnythingToSayIsNobodysTroubleEither() throws JOSEException {
        keys = ENDLESS;
        try (TestRelay relay = start(url())) {
            await().atMost(LONG).until(() -> endless.get() > 0);
            assertThat(register(relay, key("any")).status()).isEqualTo(503);
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            assertThat(endless).hasPositiveValue();
        }
    }

    @Test
    void aServerIsHeldToItsTimeAndToASize() {
        KeyServer server = new KeyServer(url());
        assertThatThrownBy(server::read).isInstanceOf(IOException.class).hasMessageContaining("answers 500");
        keys = " ".repeat(TokenKeys.MAX_BYTES);
        assertThat(catchThrowable(server::read)).isNull();
        keys = " ".repeat(TokenKeys.MAX_BYTES + 1);
        assertThatThrownBy(server::read).isInstanceOf(IOException.class).hasMessageContaining("too large");
        keys = ENDLESS;
        assertThatThrownBy(server::read).isInstanceOf(IOException.class).hasMessageContaining("within 5 s");
        await().atMost(LONG).until(() -> endless.get() == 0);
    }

    @Test
    void noConnectionIsLeftToAServerThatDoesNotSpeakHttp() throws IOException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Integer> end = CompletableFuture.supplyAsync(() -> {
                try (Socket peer = listening.accept()) {
                    peer.getOutputStream().write("SSH-2.0-OpenSSH_9.6\r\n".getBytes(StandardCharsets.UTF_8));
                    InputStream in = peer.getInputStream();
                    int last = in.read();
                    while (last >= 0) {
                        last = in.read();
                    }
                    return last;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            KeyServer server = new KeyServer("http://127.0.0.1:" + listening.getLocalPort() + "/");
            assertThatThrownBy(server::read).isInstanceOf(IOException.class).hasMessageContaining("status line");
            assertThat(end).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(-1);
        }
    }

    @Test
    void aServerMaySendElsewhereButNotForEver() throws IOException {
        keys = "{}";
        assertThat(new KeyServer(url().replace("jwks", "moved")).read()).isEqualTo("{}");
        assertThatThrownBy(() -> new KeyServer(url().replace("jwks", "round")).read())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("answers 302");
    }

    @Test
    void knownKeysOutliveAServerThatIsAwayOrTalksNonsenseByADay() throws Exception {
        ECKey first = key("first");
        keys = new JWKSet(first.toPublicJWK()).toString();
        ManualClock clock = new ManualClock();
        TokenKeys known = TokenKeys.of(url(), clock);
        JWSHeader any = new JWSHeader(JWSAlgorithm.ES256);
        assertThatThrownBy(() -> known.current().fitting(any)).hasMessageContaining("not known yet");
        known.refresh();
        assertThat(known.current().fitting(any)).hasSize(1);
        try (RecordedLog log = RecordedLog.start()) {
            for (String nonsense :
                    List.of("", "<html>", "<html>", "[".repeat(100_000), "{\"keys\":7}", "{\"keys\":[]}")) {
                keys = nonsense;
                known.refresh();
                assertThat(known.current().fitting(any)).as(nonsense).hasSize(1);
            }
            assertThat(log.warnings())
                    .hasSize(3)
                    .allSatisfy(line -> assertThat(line).contains("those that are known stay in force"));
        }
        clock.advance(Duration.ofDays(1).minusNanos(1));
        assertThat(known.current().fitting(any)).hasSize(1);
        clock.advance(Duration.ofNanos(1));
        assertThatThrownBy(() -> known.current().fitting(any)).hasMessageContaining("not known any more");
        keys = new JWKSet(first.toPublicJWK()).toString();
        known.refresh();
        assertThat(known.current().fitting(any)).hasSize(1);
    }

    @Test
    void theKeysOfAFileAreReadAgain(@TempDir Path folder) throws JOSEException, IOException {
        ECKey first = key("first");
        ECKey second = key("second");
        Path file = folder.resolve("jwks.json");
        Files.writeString(file, new JWKSet(first.toPublicJWK()).toString());
        try (TestRelay relay = start(file.toString())) {
            assertThat(register(relay, first).status()).isEqualTo(200);
            Files.writeString(file, new JWKSet(second.toPublicJWK()).toString());
            becomes(200, relay, second);
            assertThat(register(relay, first).status()).isEqualTo(401);
            Files.writeString(file, "");
            Files.delete(file);
            assertThat(register(relay, second).status()).isEqualTo(200);
        }
    }

    @Test
    void aFileThatIsEmptiedDeletedOrWithoutKeysKeepsThemAndSaysSoOnceEach(@TempDir Path folder) throws Exception {
        ECKey first = key("first");
        String set = "\uFEFF" + new JWKSet(first.toPublicJWK()) + "\r\n";
        Path file = Files.writeString(folder.resolve("jwks.json"), set);
        TokenKeys known = TokenKeys.of(file.toString(), new ManualClock());
        JWSHeader any = new JWSHeader(JWSAlgorithm.ES256);
        try (RecordedLog log = RecordedLog.start()) {
            Files.writeString(file, "");
            known.refresh();
            Files.writeString(file, set);
            refreshTwice(known);
            assertThat(log.warnings()).isEmpty();
            Files.writeString(file, "");
            refreshTwice(known);
            refreshTwice(known);
            assertThat(log.warnings()).singleElement(STRING).contains("is not a JSON Web Key Set", "stay in force");
            Files.delete(file);
            refreshTwice(known);
            assertThat(log.warnings()).hasSize(2).element(1, STRING).contains("no such file", "stay in force");
            Files.writeString(file, "{\"keys\":[]}");
            refreshTwice(known);
            assertThat(log.warnings()).hasSize(3).element(2, STRING).contains("no key that signs", "stay in force");
            assertThat(known.current().fitting(any)).hasSize(1);
        }
        assertThatThrownBy(() -> TokenKeys.of(file.toString(), new ManualClock()))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.detail()).contains("--jwt-jwks", "jwks.json", "no key that signs"));
    }

    private static void refreshTwice(TokenKeys keys) {
        keys.refresh();
        keys.refresh();
    }

    private static void becomes(int status, TestRelay relay, ECKey signer) {
        await().atMost(LONG).until(() -> register(relay, signer).status() == status);
    }

    private String url() {
        return "http://127.0.0.1:" + issuer.getAddress().getPort() + "/jwks";
    }

    /** By its clock all keys have only just been read, however long the test takes. */
    private static TestRelay start(String jwks) {
        return start(new ManualClock(), jwks);
    }

    private static TestRelay start(ManualClock clock, String jwks) {
        return TestRelay.start(clock, Instant::now, Map.of(), "--jwt-jwks", jwks, "--jwt-audience", "relay");
    }

    private static Answer register(TestRelay relay, ECKey signer) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256)
                        .keyID(signer.getKeyID())
                        .build(),
                new JWTClaimsSet.Builder()
                        .subject("alice")
                        .audience("relay")
                        .expirationTime(Date.from(Instant.now().plusSeconds(600)))
                        .build());
        token.sign(new ECDSASigner(signer));
        return register(relay, token.serialize());
    }

    private static Answer register(TestRelay relay, String token) {
        return relay.api().postAs(token, "/register", "{}");
    }

    private static ECKey key(String id) throws JOSEException {
        return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
    }
}
