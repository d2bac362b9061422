package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static relay.http.Problems.assertProblem;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.TestRelay;
import relay.message.InvalidInputException;
import relay.testing.Api.Answer;
import relay.testing.TestSocket;
import relay.websocket.ManualClock;

/** JSON Web Tokens in the place of an API key. */
class TokensTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final String MESSAGE = "{\"topic\":\"cats\",\"message\":\"are awesome\"}";
    private static RSAKey key;
    private static RSAKey otherKey;

    @TempDir
    private Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final ManualClock clock = new ManualClock();
    private TestRelay relay;

    @BeforeAll
    static void makeKeys() throws JOSEException {
        key = new RSAKeyGenerator(2048).keyID("one").generate();
        otherKey = new RSAKeyGenerator(2048).keyID("two").generate();
    }

    @BeforeEach
    void start() throws IOException {
        relay = TestRelay.start(clock, now::get, Map.of("RELAY_API_KEYS", "backend"), flags());
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aTokenRegistersItsOwnUserForItsOwnTopics() throws JOSEException {
        String token = token(claims -> claims.subject("alice").claim("topics", List.of("cats", "news.*")));
        Answer answer = register(token, "{}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        try (TestSocket socket = TestSocket.open(answer.json().get("url").asText())) {
            assertThat(publish("{\"user_id\":\"alice\",\"topic\":\"cats\",\"message\":\"hello\"}"))
                    .isEqualTo(1);
            assertThat(publish("{\"user_id\":\"bob\",\"topic\":\"cats\",\"message\":\"no\"}"))
                    .isZero();
            assertThat(socket.receive()).isEqualTo("hello");
            socket.send("{\"topics\":[\"dogs\"]}");
            assertThat(socket.receive()).contains("not_allowed");
            socket.subscribe("news.local");
            assertThat(publish("{\"topic\":\"news.local\",\"message\":\"local\"}"))
                    .isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("local");
        }
    }

    @Test
    void aTokenActsForNobodyElse() throws JOSEException {
        String token = token(claims -> claims.subject("7"));
        assertThat(register(token, "{\"user_id\":7}").status()).isEqualTo(200);
        assertThat(assertProblem(register(token, "{\"user_id\":8}"), 403)).contains("\"7\"");
        String others = register("backend", "{\"user_id\":8}").json().get("id").asText();
        assertProblem(remove(token, others), 403);
        String own = register("backend", "{\"user_id\":\"7\"}").json().get("id").asText();
        assertThat(remove(token, own).status()).isEqualTo(200);
    }

    @Test
    void aTokenPublishesNothing() throws JOSEException {
        Answer answer = relay.api()
                .send(
                        "POST",
                        "/publish",
                        MESSAGE,
                        "Content-Type",
                        "application/json",
                        "Authorization",
                        "Bearer " + token(claims -> claims));
        assertThat(assertProblem(answer, 403)).contains("publish");
    }

    @ParameterizedTest
    @CsvSource({"GET,/topics", "GET,/topics/cats", "GET,/clients?user_id=1", "DELETE,/clients?user_id=1"})
    void aTokenLooksAtNothing(String method, String path) throws JOSEException {
        String token = token(claims -> claims.subject("1"));
        assertThat(assertProblem(relay.api().send(method, path, "", "Authorization", "Bearer " + token), 403))
                .contains("admin");
    }

    @Test
    void tokensThatAreNotForThisRelayOrNotInTimeAreRefused() throws JOSEException {
        assertThat(register(token(claims -> claims), "{}").status()).isEqualTo(200);
        refused(token(claims -> claims.audience("another")));
        refused(token(claims -> claims.audience((String) null)));
        refused(token(claims -> claims.issuer("another")));
        refused(token(claims -> claims.issuer(null)));
        refused(token(claims -> claims.subject(null)));
        refused(token(claims -> claims.subject("")));
        refused(token(claims -> claims.expirationTime(null)));
        refused(token(claims -> claims.expirationTime(Date.from(NOON))));
        refused(token(claims -> claims.expirationTime(Date.from(NOON.minusSeconds(5)))));
        refused(token(claims -> claims.notBeforeTime(Date.from(NOON.plusSeconds(60)))));
        refused(token(claims -> claims.claim("topics", "cats")));
        refused(token(claims -> claims.claim("topics", List.of("a*"))));
        refused(token(claims -> claims.claim("topics", List.of(1))));
    }

    @Test
    void tokensThatNobodySignedWhoMayAreRefused() throws JOSEException {
        JWTClaimsSet claims = claims().build();
        refused(new PlainJWT(claims).serialize());
        refused(signed(otherKey, claims));
        RSAKey impostor = new RSAKey.Builder(otherKey).keyID("one").build();
        refused(signed(impostor, claims));
        String good = signed(key, claims);
        refused(good.substring(0, good.length() - 4) + "AAAA");
        refused(good.substring(0, good.lastIndexOf('.') + 1));
        refused(good + ".x");
    }

    @Test
    void thePublicKeyIsNoSecretForAnHmac() throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build(), claims().build());
        token.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));
        refused(token.serialize());
        SignedJWT byModulus = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build(), claims().build());
        byModulus.sign(new MACSigner(key.toPublicJWK().toJSONString()));
        refused(byModulus.serialize());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "HS256", "EdDSA", "rs256", "ES256K"})
    void algorithmsThatAreNotSafeOrNotKnownAreNoChoice(String algorithm) {
        assertThatThrownBy(() -> TestRelay.start(
                        clock,
                        now::get,
                        Map.of("RELAY_JWT_ALGORITHMS", "RS256," + algorithm),
                        "--jwt-jwks",
                        keysFile().toString(),
                        "--jwt-audience",
                        "relay"))
                .isInstanceOfSatisfying(
                        InvalidInputException.class, e -> assertThat(e.detail()).contains("--jwt-algorithms", "RS256"));
    }

    @Test
    void aConnectionAndItsRegistrationEndWhenTheTokenDoes() throws JOSEException {
        String token = token(claims -> claims.expirationTime(Date.from(NOON.plusSeconds(20))));
        Answer answer = register(token, "{\"keep\":3600}");
        String url = answer.json().get("url").asText();
        try (TestSocket socket = TestSocket.open(url)) {
            clock.advance(Duration.ofSeconds(20).minusMillis(1));
            assertThat(publish(MESSAGE)).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("are awesome");
            clock.advance(Duration.ofMillis(1));
            assertThat(socket.closeCode()).isEqualTo(4401);
            assertThat(publish(MESSAGE)).isZero();
            assertThat(relay.api()
                            .get("/ws/" + answer.json().get("id").asText())
                            .status())
                    .isEqualTo(404);
        }
    }

    @Test
    void aTokenThatEndsInManyCenturiesIsAsGoodAsOneThatDoesNot() throws JOSEException {
        String token = token(claims -> claims.expirationTime(Date.from(Instant.parse("9999-01-01T00:00:00Z"))));
        assertThat(register(token, "{}").status()).isEqualTo(200);
    }

    @Test
    void keysThatCannotBeReadAtTheStartAreAMistake() throws IOException {
        Files.writeString(folder.resolve("wrong.json"), "{\"keys\":1}");
        for (String file : List.of("missing.json", "wrong.json")) {
            assertThatThrownBy(() ->
                            TestRelay.start("--jwt-jwks", folder.resolve(file).toString(), "--jwt-audience", "relay"))
                    .isInstanceOfSatisfying(
                            InvalidInputException.class,
                            e -> assertThat(e.detail()).contains("--jwt-jwks", file));
        }
    }

    @Test
    void anAudienceIsRequired() {
        assertThatThrownBy(() -> TestRelay.start("--jwt-jwks", keysFile().toString()))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("--jwt-audience");
    }

    @Test
    void withTokensAloneRegisteringNeedsOneAndPublishingStaysOpen() throws JOSEException, IOException {
        try (TestRelay tokensOnly = TestRelay.start(clock, now::get, Map.of(), flags())) {
            assertProblem(tokensOnly.api().post("/register", "{\"user_id\":1}"), 401);
            assertThat(tokensOnly.api().post("/publish", MESSAGE).status()).isEqualTo(200);
            Answer answer = tokensOnly
                    .api()
                    .send(
                            "POST",
                            "/register",
                            "{}",
                            "Content-Type",
                            "application/json",
                            "Authorization",
                            "Bearer " + token(claims -> claims));
            assertThat(answer.status()).isEqualTo(200);
        }
    }

    private String[] flags() throws IOException {
        return new String[] {
            "--jwt-jwks", keysFile().toString(), "--jwt-audience", "relay,push", "--jwt-issuer", "https://id.example"
        };
    }

    private Path keysFile() throws IOException {
        return Files.writeString(folder.resolve("keys.json"), new JWKSet(key.toPublicJWK()).toString());
    }

    private void refused(String token) {
        Answer answer = register(token, "{}");
        assertProblem(answer, 401);
        assertThat(answer.header("WWW-Authenticate")).contains("invalid_token");
    }

    private Answer register(String credential, String body) {
        return relay.api()
                .send(
                        "POST",
                        "/register",
                        body,
                        "Content-Type",
                        "application/json",
                        "Authorization",
                        "Bearer " + credential);
    }

    private Answer remove(String credential, String id) {
        return relay.api().send("DELETE", "/register/" + id, "", "Authorization", "Bearer " + credential);
    }

    private int publish(String message) {
        Answer answer = relay.api()
                .send(
                        "POST",
                        "/publish",
                        message,
                        "Content-Type",
                        "application/json",
                        "Authorization",
                        "Bearer backend");
        assertThat(answer.status()).isEqualTo(200);
        return answer.json().get("queued").asInt();
    }

    private static String token(UnaryOperator<JWTClaimsSet.Builder> change) throws JOSEException {
        return signed(key, change.apply(claims()).build());
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .subject("alice")
                .audience(List.of("relay", "others"))
                .issuer("https://id.example")
                .expirationTime(Date.from(NOON.plusSeconds(600)));
    }

    private static String signed(RSAKey signer, JWTClaimsSet claims) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID(signer.getKeyID())
                        .build(),
                claims);
        token.sign(new RSASSASigner(signer));
        return token.serialize();
    }
}
