package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static relay.http.Problems.assertProblem;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
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
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import relay.message.UserId;
import relay.testing.Api.Answer;
import relay.testing.ManualClock;
import relay.testing.TestSocket;

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
    void aTokenForNoTopicIsToldSoWhereverItAsksForOne() throws JOSEException {
        String token = token(claims -> claims.claim("topics", List.of()));
        assertThat(assertProblem(register(token, "{\"topics\":[\"cats\"]}"), 403))
                .contains("may subscribe to nothing: its list of topics is empty");
        Answer answer = register(token, "{}");
        assertThat(answer.status()).isEqualTo(200);
        try (TestSocket socket = TestSocket.open(answer.json().get("url").asText())) {
            assertThat(publish(MESSAGE)).isZero();
            socket.send("{\"topics\":[\"cats\"]}");
            assertThat(socket.receive()).contains("not_allowed", "may subscribe to no topic", "an empty list");
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
        Answer answer = relay.api().postAs(token(claims -> claims), "/publish", MESSAGE);
        assertThat(assertProblem(answer, 403)).contains("publish");
    }

    @Test
    void aTokenMayRegisterAndSubscribeAndNoMore() throws JOSEException {
        Access access = new AccessOptions(
                        Optional.of("backend"),
                        Optional.empty(),
                        Optional.of(new TokenOptions(
                                Optional.of(folder.resolve("keys.json").toString()),
                                Optional.empty(),
                                Optional.empty(),
                                List.of("relay"),
                                List.of("RS256"))))
                .open(clock, now::get);
        Caller caller =
                access.admit(Credential.of(List.of(), List.of(token(claims -> claims)), List.of()), Right.SUBSCRIBE);
        assertThat(caller.rights()).containsExactlyInAnyOrder(Right.REGISTER, Right.SUBSCRIBE);
        assertThat(caller.user()).contains(new UserId("alice"));
        assertThat(access.verifyToken(token(claims -> claims))).isEqualTo(caller);
        assertThatThrownBy(() -> access.verifyToken("backend"))
                .isInstanceOfSatisfying(
                        AccessDeniedException.class,
                        denial -> assertThat(denial.detail())
                                .contains("not a token")
                                .doesNotContain("known key"));
    }

    @ParameterizedTest
    @CsvSource({"GET,/topics", "GET,/topics/cats", "GET,/clients?user_id=1", "DELETE,/clients?user_id=1"})
    void aTokenLooksAtNothing(String method, String path) throws JOSEException {
        String token = token(claims -> claims.subject("1"));
        assertThat(assertProblem(relay.api().sendAs(token, method, path), 403)).contains("admin");
    }

    @Test
    void tokensThatAreNotForThisRelayOrNotInTimeAreRefusedAndToldWhy() throws JOSEException {
        assertThat(register(token(claims -> claims), "{}").status()).isEqualTo(200);
        refused(
                token(claims -> claims.audience("another")),
                "its audience (aud) is 'another', but 'relay' or 'push' is asked for");
        refused(
                token(claims -> claims.audience(List.of("a", "b"))),
                "its audience (aud) is 'a' and 'b', but 'relay' or 'push' is asked for");
        refused(token(claims -> claims.audience((String) null)), "its audience (aud) is missing");
        refused(
                token(claims -> claims.issuer("another")),
                "its issuer (iss) is 'another', but 'https://id.example' is asked for");
        refused(token(claims -> claims.issuer(null)), "its issuer (iss) is missing");
        refused(
                token(claims -> claims.claim("iss", List.of("https://id.example"))),
                "its issuer (iss) is an array, but");
        refused(token(claims -> claims.subject(null)), "it has no sub");
        refused(token(claims -> claims.claim("sub", 7)), "sub is a number: it takes a string");
        refused(token(claims -> claims.subject("")), "sub is the user");
        refused(token(claims -> claims.expirationTime(null)), "it has no exp");
        refused(token(claims -> claims.claim("exp", "2027")), "exp is a string: it takes seconds since 1970");
        refused(
                token(claims -> claims.expirationTime(Date.from(NOON))),
                "it expired just now, at 2026-11-23T12:00:00Z");
        refused(
                token(claims -> claims.expirationTime(Date.from(NOON.minusSeconds(185)))),
                "it expired 3 min ago, at 2026-11-23T11:56:55Z");
        refused(token(claims -> claims.claim("exp", -1)), "it expired 20780 days ago, at 1970-01-01T00:00:00Z");
        refused(
                token(claims -> claims.notBeforeTime(Date.from(NOON.plusSeconds(60)))),
                "by its nbf it is not good before 2026-11-23T12:01:00Z, in 60 s");
        refused(token(claims -> claims.claim("nbf", List.of())), "nbf is an array");
        refused(token(claims -> claims.claim("topics", "cats")), "topics is a string: it takes an array of topics");
        refused(token(claims -> claims.claim("topics", Map.of())), "topics is an object");
        refused(token(claims -> claims.claim("topics", List.of("a*"))), "topics: * is part of a segment");
        refused(token(claims -> claims.claim("topics", List.of(1))), "topics holds a number");
    }

    @Test
    void aTokenThatSaysNullForItsTopicsIsToldSo() throws JOSEException {
        refused(
                signedText(
                        key,
                        "{\"sub\":\"a\",\"exp\":9999999999,\"aud\":\"relay\",\"iss\":\"https://id.example\","
                                + "\"topics\":null}"),
                "topics is missing or null");
        refused(
                signedText(key, "{\"sub\":\"a\",\"exp\":9999999999,\"aud\":7,\"iss\":\"https://id.example\"}"),
                "its audience (aud) is a number");
        refused(signedText(key, "7"), "no JSON object");
        refused(signedText(key, "not JSON"), "no JSON object");
    }

    /** Of what a token has to say only those hear who have one that is signed. */
    @Test
    void strangersHearNothingOfWhatIsExpected() throws JOSEException {
        JWTClaimsSet wrong = claims().issuer("another").claim("topics", "cats").build();
        for (String token : List.of(
                signed(otherKey, wrong),
                signed(new RSAKey.Builder(otherKey).keyID("one").build(), wrong),
                new PlainJWT(wrong).serialize())) {
            Answer answer = register(token, "{}");
            assertThat(answer.body() + answer.header("WWW-Authenticate")).doesNotContain("iss", "id.example", "topics");
        }
    }

    @Test
    void anErrorDescriptionHoldsWhatAHeaderMayAndNoMore() throws JOSEException {
        Answer answer = register(token(claims -> claims.issuer("\"é\\" + "x".repeat(1000))), "{}");
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate"))
                .matches("Bearer realm=\"relay\", error=\"invalid_token\", error_description=\"[^\"\\\\]{256}\"")
                .contains("its issuer (iss) is ''??xxx");
    }

    @Test
    void theFormOfTheHeaderIsNotTheTokens() throws JOSEException {
        String good = token(claims -> claims);
        for (String scheme : List.of("bearer ", "BEARER ", "Bearer   ", " Bearer ")) {
            assertThat(registerAs(scheme + good + " ").status()).as(scheme).isEqualTo(200);
        }
        for (String wrong : List.of("Basic " + good, "Bearer " + good + ", Bearer " + good, "Bearer", good)) {
            assertThat(registerAs(wrong).status()).as(wrong).isEqualTo(401);
        }
    }

    @Test
    void twoCredentialsAreNone() throws JOSEException {
        String good = "Bearer " + token(claims -> claims);
        for (String other : List.of(good, "Basic eDp5", "Bearer backend")) {
            Answer answer = registerAs(good, other);
            assertThat(assertProblem(answer, 400)).contains("Authorization came more than once");
            assertThat(answer.header("WWW-Authenticate")).contains("invalid_request");
        }
    }

    @Test
    void tokensThatNobodySignedWhoMayAreRefused() throws JOSEException {
        JWTClaimsSet claims = claims().build();
        refused(new PlainJWT(claims).serialize(), "not signed");
        refused(signed(otherKey, claims), "by a key (kid 'two') that is not known");
        RSAKey impostor = new RSAKey.Builder(otherKey).keyID("one").build();
        refused(signed(impostor, claims), "signature is wrong: it is not that of the key that it names (kid 'one')");
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
        refused(token.serialize(), "(alg 'HS256') that is not taken: it takes ES256, Ed25519, EdDSA, PS256, RS256");
        SignedJWT byModulus = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build(), claims().build());
        byModulus.sign(new MACSigner(key.toPublicJWK().toJSONString()));
        refused(byModulus.serialize());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "HS256", "Ed448", "rs256", "ES256K"})
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
                        InvalidInputException.class,
                        e -> assertThat(e.detail())
                                .contains("--jwt-algorithms has '" + algorithm
                                        + "': it takes ES256, ES384, ES512, Ed25519,"
                                        + " EdDSA, PS256, PS384, PS512, RS256, RS384, RS512"));
    }

    @Test
    void noAlgorithmAtAllIsAMistake() {
        assertThatThrownBy(() -> TestRelay.start(
                        "--jwt-jwks", keysFile().toString(), "--jwt-audience", "relay", "--jwt-algorithms", ","))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.detail()).contains("--jwt-algorithms names none: it takes ES256"));
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
            Answer answer = tokensOnly.api().postAs(token(claims -> claims), "/register", "{}");
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
        refused(token, "");
    }

    private void refused(String token, String why) {
        Answer answer = register(token, "{}");
        assertThat(assertProblem(answer, 401)).contains(why);
        assertThat(answer.header("WWW-Authenticate")).contains("error=\"invalid_token\", error_description=\"", why);
    }

    private Answer registerAs(String... authorizations) {
        List<String> headers = new ArrayList<>(List.of("Content-Type", "application/json"));
        for (String authorization : authorizations) {
            headers.addAll(List.of("Authorization", authorization));
        }
        return relay.api().send("POST", "/register", "{}", headers.toArray(String[]::new));
    }

    private Answer register(String credential, String body) {
        return relay.api().postAs(credential, "/register", body);
    }

    private Answer remove(String credential, String id) {
        return relay.api().sendAs(credential, "DELETE", "/register/" + id);
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

    private static String signedText(RSAKey signer, String payload) throws JOSEException {
        JWSObject token = new JWSObject(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID(signer.getKeyID())
                        .build(),
                new Payload(payload));
        token.sign(new RSASSASigner(signer));
        return token.serialize();
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
