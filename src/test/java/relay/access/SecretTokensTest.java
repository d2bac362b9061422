package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.EncryptedJWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.UserId;
import relay.testing.ManualClock;
import relay.testing.RecordedLog;

/** Tokens that are signed with a secret, HS256. */
class SecretTokensTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final String OTHER = "fedcba9876543210fedcba9876543210";
    private static RSAKey key;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeKey() throws JOSEException {
        key = new RSAKeyGenerator(2048).keyID("one").generate();
    }

    @Test
    void aTokenIsItsUserForItsTopicsUntilItsEndAndNeedsNoAudience() throws Exception {
        Caller caller = accepted(
                access(SECRET),
                signed(
                        SECRET,
                        claims().claim("topics", List.of("cats", "orders.*")).build()));
        assertThat(caller.user()).contains(new UserId("alice"));
        assertThat(caller.topics().allows(new Topic("orders.7"))).isTrue();
        assertThat(caller.topics().allows(new Topic("dogs"))).isFalse();
        assertThat(caller.remaining()).contains(Duration.ofMinutes(10));
        accepted(access(SECRET), signed(SECRET, claims().audience("anything").build()));
    }

    @Test
    void whereAnAudienceIsAskedForATokenNamesIt() throws Exception {
        Access access = access(new TokenOptions(
                Optional.empty(), Optional.of(file(SECRET)), Optional.empty(), List.of("relay"), List.of()));
        accepted(access, signed(SECRET, claims().audience("relay").build()));
        refused(
                access,
                signed(SECRET, claims().audience("api").build()),
                "its audience (aud) is 'api', but 'relay' is asked for");
        refused(
                access,
                signed(SECRET, claims().build()),
                "its audience (aud) is missing or null, but 'relay' is asked for");
    }

    @Test
    void aTokenWithoutAnEndOrAUserIsRefused() throws Exception {
        refused(
                access(SECRET),
                signed(SECRET, claims().expirationTime(null).build()),
                "the token is not valid: it has no exp");
        refused(access(SECRET), signed(SECRET, claims().subject(null).build()), "it has no sub");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    void oneFinalLineEndIsNoPartOfTheSecret(String end) throws Exception {
        accepted(access(SECRET + end), signed(SECRET, claims().build()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n\n", "\r", " ", "\n "})
    void allElseIsPartOfTheSecret(String end) throws Exception {
        refused(access(SECRET + end), signed(SECRET, claims().build()), "signature is wrong");
        if (end.equals("\n\n")) {
            accepted(access(SECRET + end), signed(SECRET + "\n", claims().build()));
        } else {
            accepted(access(SECRET + end), signed(SECRET + end, claims().build()));
        }
    }

    @Test
    void aSecretIsAnyBytes() throws Exception {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Path file = Files.write(folder.resolve("binary"), bytes);
        accepted(
                access(options(Optional.empty(), Optional.of(file))),
                signed(bytes, JWSAlgorithm.HS256, claims().build()));
    }

    @Test
    void aTokenThatWasChangedOrIsOfAnotherSecretIsRefused() throws Exception {
        Access access = access(SECRET);
        refused(access, signed(OTHER, claims().build()), "signature is wrong: it is signed with another secret");
        String good = signed(SECRET, claims().build());
        String[] parts = good.split("\\.", -1);
        String others = new JWTClaimsSet.Builder(claims().build())
                .subject("bob")
                .build()
                .toString();
        refused(access, parts[0] + "." + Base64URL.encode(others) + "." + parts[2], "or was changed");
        refused(access, good.substring(0, good.length() - 4), "signature is wrong");
        refused(access, parts[0] + "." + parts[1] + ".", "no part is empty");
    }

    @Test
    void noOtherAlgorithmIsCheckedWithTheSecret() throws Exception {
        String longSecret = SECRET + OTHER;
        Access access = access(longSecret);
        accepted(access, signed(longSecret, claims().build()));
        for (JWSAlgorithm algorithm : List.of(JWSAlgorithm.HS384, JWSAlgorithm.HS512)) {
            refused(
                    access,
                    signed(longSecret.getBytes(StandardCharsets.UTF_8), algorithm, claims().build()),
                    "(alg '" + algorithm + "') that is not taken: it takes HS256");
        }
        refused(access, rsaSigned(), "(alg 'RS256') that is not taken: it takes HS256");
        refused(access, new PlainJWT(claims().build()).serialize(), "not signed (its alg is none)");
        EncryptedJWT encrypted =
                new EncryptedJWT(new JWEHeader(JWEAlgorithm.DIR, EncryptionMethod.A128CBC_HS256), claims().build());
        encrypted.encrypt(new DirectEncrypter(SECRET.getBytes(StandardCharsets.UTF_8)));
        refused(access, encrypted.serialize(), "encrypted");
    }

    @Test
    void theSecretItselfKnowsOnlyItsAlgorithm() throws Exception {
        HmacSecret secret = HmacSecret.inFile(SECRET + OTHER);
        byte[] bytes = (SECRET + OTHER).getBytes(StandardCharsets.UTF_8);
        JWTClaimsSet claims = claims().build();
        assertThat(secret.hasSigned(SignedJWT.parse(signed(bytes, JWSAlgorithm.HS256, claims))))
                .isTrue();
        assertThat(secret.hasSigned(SignedJWT.parse(signed(bytes, JWSAlgorithm.HS512, claims))))
                .isFalse();
    }

    @Test
    void besideKeysEachAlgorithmHasItsOwn() throws Exception {
        Access both = access(options(Optional.of(jwks(key.toPublicJWK())), Optional.of(file(SECRET))));
        accepted(both, rsaSigned());
        accepted(both, signed(SECRET, claims().build()));
        refused(both, signed(OTHER, claims().build()), "signature is wrong");
        refused(
                both,
                Base64URL.encode("{\"alg\":\"RS256\",\"kid\":\"one\"}")
                        + signed(SECRET, claims().build()).replaceFirst("^[^.]+", ""),
                "signature is wrong: it is not that of the key");
        refused(
                both,
                signed(SECRET.getBytes(StandardCharsets.UTF_8), JWSAlgorithm.HS384, claims().build()),
                "(alg 'HS384') that is not taken: it takes ES256, Ed25519, EdDSA, HS256, PS256, RS256");
    }

    @Test
    void aPublicKeyIsNobodysSecret() throws Exception {
        List<String> spellings = List.of(
                new String(key.toRSAPublicKey().getEncoded(), StandardCharsets.ISO_8859_1),
                pem(),
                pem().strip(),
                key.toPublicJWK().toJSONString(),
                new JWKSet(key.toPublicJWK()).toString(),
                key.getModulus().toString(),
                new String(key.getModulus().decode(), StandardCharsets.ISO_8859_1));
        Optional<String> keys = Optional.of(jwks(key.toPublicJWK()));
        Access keysOnly = access(options(keys, Optional.empty()));
        Access both = access(options(keys, Optional.of(file(SECRET))));
        for (String spelling : spellings) {
            String forged =
                    signed(spelling.getBytes(StandardCharsets.ISO_8859_1), JWSAlgorithm.HS256, claims().build());
            refused(keysOnly, forged, "(alg 'HS256') that is not taken");
            refused(both, forged, "signature is wrong: it is signed with another secret");
        }
    }

    @Test
    void aSecretInAKeySetIsIgnored() throws Exception {
        OctetSequenceKey secretInSet = new OctetSequenceKey.Builder(OTHER.getBytes(StandardCharsets.UTF_8))
                .keyID("mac")
                .algorithm(JWSAlgorithm.HS256)
                .build();
        String set = "{\"keys\":[" + key.toPublicJWK().toJSONString() + "," + secretInSet.toJSONString() + "]}";
        Optional<String> keys =
                Optional.of(Files.writeString(folder.resolve("set"), set).toString());
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("mac").build(), claims().build());
        token.sign(new MACSigner(OTHER));
        refused(access(options(keys, Optional.empty())), token.serialize(), "(alg 'HS256') that is not taken");
        refused(access(options(keys, Optional.of(file(SECRET)))), token.serialize(), "signature is wrong");
    }

    @Test
    void theKeyThatATokenNamesDoesNotMatterToASecret() throws Exception {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build(), claims().build());
        token.sign(new MACSigner(SECRET));
        accepted(access(options(Optional.of(jwks(key.toPublicJWK())), Optional.of(file(SECRET)))), token.serialize());
    }

    @Test
    void whatIsNoTokenIsToldSo() throws Exception {
        Access access = access(SECRET);
        for (String none : List.of("x", "a.b", "a.b.c.d", "a.b.c.d.e.f", "a".repeat(100_000))) {
            refused(access, none, "the credential is not a token: a token has three parts with dots between them");
        }
        for (String header :
                List.of("x", "{}", "[]", "{\"alg\":7}", "{\"alg\":null}", "[".repeat(10_000), "x".repeat(100_000))) {
            refused(access, Base64URL.encode(header) + ".e30.AAAA", "the credential is not a token");
        }
        refused(access, "....", "the credential is not a token");
        refused(access, "." + Base64URL.encode("x".repeat(100_000)) + ".AAAA", "the credential is not a token");
    }

    /** It is bounded by what a header, a query or a frame may have, and read no further than its signature is checked. */
    @Test
    void aTokenOfHundredKilobytesIsCheckedLikeAnyOther() throws Exception {
        JWTClaimsSet claims = claims().claim("more", "x".repeat(100_000)).build();
        accepted(access(SECRET), signed(SECRET, claims));
        refused(access(SECRET), signed(OTHER, claims), "signature is wrong");
        String deep = "{\"sub\":\"alice\",\"exp\":9999999999,\"more\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}";
        refused(access(SECRET), signedText(deep), "what it says is no JSON object");
    }

    @Test
    void aTokenForNoTopicAtAllIsGoodForNone() throws Exception {
        Caller caller = accepted(
                access(SECRET),
                signed(SECRET, claims().claim("topics", List.of()).build()));
        assertThat(caller.topics().allows(new Topic("cats"))).isFalse();
        assertThatThrownBy(() -> caller.requireTopics(List.of(new Topic("cats"))))
                .isInstanceOfSatisfying(AccessDeniedException.class, denial -> {
                    assertThat(denial.kind()).isEqualTo(AccessDeniedException.Kind.FORBIDDEN);
                    assertThat(denial.detail()).contains("may subscribe to nothing: its list of topics is empty");
                });
        caller.requireTopics(List.of());
    }

    @Test
    void aTokenForMoreTopicsThanAClientMayHoldIsRefused() throws Exception {
        List<String> topics =
                IntStream.range(0, 1001).mapToObj(i -> "topic." + i).toList();
        accepted(
                access(SECRET),
                signed(SECRET, claims().claim("topics", topics.subList(0, 1000)).build()));
        refused(
                access(SECRET),
                signed(SECRET, claims().claim("topics", topics).build()),
                "topics has 1001 entries: it takes 1000 at most");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0   | it expired just now, at 2026-11-23T12:00:00Z: get a new one",
                "-45 | it expired 45 s ago, at 2026-11-23T11:59:15Z",
                "-185 | it expired 3 min ago, at 2026-11-23T11:56:55Z",
                "-10800 | it expired 3 h ago, at 2026-11-23T09:00:00Z",
                "-864000 | it expired 10 days ago, at 2026-11-13T12:00:00Z",
            })
    void anExpiredTokenIsToldHowLongAgo(int seconds, String why) throws Exception {
        String token = signed(
                SECRET,
                claims().expirationTime(Date.from(NOON.plusSeconds(seconds))).build());
        refused(access(SECRET), token, why);
    }

    @Test
    void aChangedSecretIsReadAgain() throws Exception {
        Access access = access(SECRET);
        try (Started background = new Started(access)) {
            accepted(access, signed(SECRET, claims().build()));
            file(OTHER + "\n");
            background.until(() -> catchThrowable(() -> accepted(access, signed(OTHER, claims().build()))) == null);
            refused(access, signed(SECRET, claims().build()), "signature is wrong");
        }
    }

    @Test
    void aFileThatIsNoSecretAnyMoreChangesNothingAndIsSaidOnceEach() throws Exception {
        Access access = access(SECRET);
        try (RecordedLog log = RecordedLog.start();
                Started background = new Started(access)) {
            file("");
            background.until(() -> log.warnings().size() == 1);
            file("too short");
            background.until(() -> log.warnings().size() == 2);
            Files.delete(folder.resolve("secret"));
            background.until(() -> log.warnings().size() == 3);
            file(pem());
            background.until(() -> log.warnings().size() == 4);
            access.readAgain();
            accepted(access, signed(SECRET, claims().build()));
            refused(access, signed(pem(), claims().build()), "signature is wrong");
            assertThat(log.warnings())
                    .hasSize(4)
                    .allSatisfy(line -> assertThat(line)
                            .contains("the secret that it had stays in force")
                            .doesNotContain("too short,", SECRET));
            assertThat(log.warnings()).element(0, STRING).contains("has 0 bytes: HS256 takes at least 32");
            assertThat(log.warnings()).element(2, STRING).contains("there is no such file");
            file(OTHER);
            background.until(() -> catchThrowable(() -> accepted(access, signed(OTHER, claims().build()))) == null);
        }
    }

    @Test
    void aFileThatIsNoSecretIsRefusedAtTheStart() throws Exception {
        notASecret("", "has 0 bytes");
        notASecret("\n", "has 0 bytes");
        notASecret(SECRET.substring(1), "has 31 bytes: HS256 takes at least 32");
        notASecret(SECRET.substring(1) + "\n", "has 31 bytes");
        notASecret(pem(), "a key of another kind");
        notASecret("\n" + jwkSet(), "a key of another kind");
        notASecret(key.toPublicJWK().toJSONString(), "a key of another kind");
        notASecret("\u00ef\u00bb\u00bf" + SECRET, "byte order mark");
        notASecret("\u00ff\u00fe" + SECRET, "byte order mark");
        notASecret("x".repeat(HmacSecret.MOST_BYTES + 1), "too large");
        Path folderInstead = folder;
        assertThatThrownBy(() -> access(options(Optional.empty(), Optional.of(folderInstead))))
                .isInstanceOf(InvalidInputException.class);
    }

    private void notASecret(String content, String why) throws IOException {
        Path file = file(content);
        assertThatThrownBy(() -> access(options(Optional.empty(), Optional.of(file))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.detail())
                                .startsWith("--jwt-secret-file: " + file)
                                .contains(why)
                                .doesNotContain("0123456789abc"));
    }

    /** The threads that read the files. */
    private record Started(Access access) implements AutoCloseable {
        Started {
            access.background().forEach(task -> LifeCycle.start(task));
        }

        void until(Callable<Boolean> condition) {
            await().atMost(LONG).until(() -> {
                access.readAgain();
                return condition.call();
            });
        }

        @Override
        public void close() {
            access.background().forEach(task -> LifeCycle.stop(task));
        }
    }

    private Access access(String content) throws IOException {
        return access(options(Optional.empty(), Optional.of(file(content))));
    }

    private static Access access(TokenOptions options) {
        return new AccessOptions(Optional.empty(), Optional.empty(), Optional.of(options))
                .open(new ManualClock(), InstantSource.fixed(NOON));
    }

    private static TokenOptions options(Optional<String> jwks, Optional<Path> secretFile) {
        return new TokenOptions(
                jwks, secretFile, Optional.empty(), List.of(), TokenOptions.names(TokenOptions.USUAL_ALGORITHMS));
    }

    private Path file(String content) throws IOException {
        return Files.write(folder.resolve("secret"), content.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String jwks(JWK one) throws IOException {
        return Files.writeString(folder.resolve("keys.json"), new JWKSet(one).toString())
                .toString();
    }

    private static String jwkSet() {
        return new JWKSet(key.toPublicJWK()).toString();
    }

    private static String pem() throws JOSEException {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(key.toRSAPublicKey().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static Caller accepted(Access access, String token) {
        assertThat(access.verifyToken(token).identity()).isEqualTo("user alice");
        return access.admit(Credential.of(List.of("Bearer " + token)), Right.SUBSCRIBE);
    }

    private static void refused(Access access, String token, String why) {
        assertThatThrownBy(() -> access.admit(Credential.of(List.of(), List.of(token), List.of()), Right.REGISTER))
                .isInstanceOfSatisfying(AccessDeniedException.class, denial -> {
                    assertThat(denial.kind()).isEqualTo(AccessDeniedException.Kind.UNAUTHORIZED);
                    assertThat(denial.detail()).contains(why);
                });
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder().subject("alice").expirationTime(Date.from(NOON.plusSeconds(600)));
    }

    private static String rsaSigned() throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(), claims().build());
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private static String signed(String secret, JWTClaimsSet claims) throws JOSEException {
        return signed(secret.getBytes(StandardCharsets.ISO_8859_1), JWSAlgorithm.HS256, claims);
    }

    private static String signed(byte[] secret, JWSAlgorithm algorithm, JWTClaimsSet claims) throws JOSEException {
        SignedJWT token = new SignedJWT(new JWSHeader(algorithm), claims);
        token.sign(new MACSigner(
                secret.length < 64 && !algorithm.equals(JWSAlgorithm.HS256) ? Arrays.copyOf(secret, 64) : secret));
        return token.serialize();
    }

    private static String signedText(String payload) throws JOSEException {
        JWSObject token = new JWSObject(new JWSHeader(JWSAlgorithm.HS256), new Payload(payload));
        token.sign(new MACSigner(SECRET));
        return token.serialize();
    }
}
