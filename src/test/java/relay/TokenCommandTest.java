package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.ParameterException;
import relay.message.InvalidInputException;
import relay.testing.Api.Answer;
import relay.testing.TestSocket;

/** {@code java -jar relay.jar token}. */
class TokenCommandTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path folder;

    private Instant now = NOON;
    private Path file;

    private record Said(int status, String out, String err) {}

    @BeforeEach
    void writeSecret() throws IOException {
        file = Files.writeString(folder.resolve("secret"), SECRET + "\n");
    }

    @Test
    void aTokenIsAllThatIsPrintedAndARelayWithThatSecretTakesIt() {
        now = Instant.now();
        Said said = token("--user", "1", "--topics", "cats,orders.*", "--expires", "10m", "--secret-file", file());
        assertThat(said.status()).isZero();
        assertThat(said.err()).isEmpty();
        assertThat(said.out()).matches("eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]+\n");
        try (TestRelay relay = TestRelay.start("--jwt-secret-file", file())) {
            Answer answer = relay.api().postAs(said.out().strip(), "/register", "{}");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            try (TestSocket socket = TestSocket.open(answer.json().get("url").asText())) {
                assertThat(relay.api().publish(1, "cats", "hello")).isEqualTo(1);
                assertThat(socket.receive()).isEqualTo("hello");
                socket.subscribe("orders.7");
                socket.send("{\"topics\":[\"dogs\"]}");
                assertThat(socket.receive()).contains("not_allowed");
            }
        }
    }

    @Test
    void whatIsInATokenIsSaidInWords() {
        String token = made("--user", "alice", "--topics", "cats, orders.*", "--audience", "relay", "--issuer", "me");
        now = NOON.plus(Duration.ofMinutes(20));
        Said said = token("--check", token, "--secret-file", file(), "--audience", "relay,push", "--issuer", "me");
        assertThat(said.out())
                .isEqualTo("header      {\"typ\":\"JWT\",\"alg\":\"HS256\"}\n"
                        + said.out().lines().skip(1).findFirst().orElseThrow()
                        + "\n"
                        + "user        alice\n"
                        + "topics      cats, orders.*\n"
                        + "issued      2026-11-23T12:00:00Z, 20 min ago\n"
                        + "expires     2026-11-23T13:00:00Z, in 40 min\n"
                        + "Good: a relay with this secret takes it.\n");
        assertThat(said.out().lines().skip(1).findFirst().orElseThrow())
                .startsWith("claims      {")
                .contains("\"sub\":\"alice\"", "\"aud\":\"relay\"", "\"iss\":\"me\"");
        assertThat(said.status()).isZero();
    }

    @Test
    void aTokenWithoutTopicsIsForAnyAndOneWithNoneForNothing() throws JOSEException {
        assertThat(check(made("--user", "1")).out()).contains("topics      any topic\n");
        Said none = check(signed(claims().claim("topics", List.of()).build()));
        assertThat(none.out()).contains("topics      none: its bearer may subscribe to nothing\n");
        assertThat(none.status()).isZero();
    }

    @Test
    void allThatIsWrongWithATokenIsSaid() throws JOSEException {
        String token = signed(new JWTClaimsSet.Builder()
                .expirationTime(Date.from(NOON.minusSeconds(180)))
                .audience("api")
                .claim("topics", "cats")
                .build());
        Said said = token("--check", token, "--secret-file", file(), "--audience", "relay", "--issuer", "me");
        assertThat(said.status()).isEqualTo(1);
        assertThat(wrong(said))
                .containsExactly(
                        "it expired 3 min ago, at 2026-11-23T11:57:00Z: get a new one",
                        "its issuer (iss) is missing or null, but 'me' is asked for",
                        "its audience (aud) is 'api', but 'relay' is asked for",
                        "it has no sub: a token is to name its user",
                        "topics is a string: it takes an array of topics, such as ['cats']");
    }

    @Test
    void ofAWrongSignatureTheContentIsSaidToo() throws JOSEException {
        SignedJWT other = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
        other.sign(new MACSigner("x".repeat(32)));
        Said said = check(other.serialize());
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.out()).contains("user        alice\n").doesNotContain("Good");
        assertThat(wrong(said))
                .containsExactly(
                        "the token's signature is wrong: it is signed with another secret, or was changed afterwards");
    }

    @Test
    void anotherReadingOfTheSecretIsFound() throws Exception {
        byte[] bytes = new byte[32];
        bytes[7] = 'x';
        Files.writeString(file, HexFormat.of().formatHex(bytes) + "\n");
        assertThat(wrong(check(signed(bytes)))).element(1).asString().contains("decodes to (base64 or hex)");
        Files.writeString(file, Base64.getEncoder().encodeToString(bytes));
        assertThat(wrong(check(signed(bytes)))).element(1).asString().contains("decodes to (base64 or hex)");
        Files.writeString(file, SECRET + "\n");
        assertThat(wrong(check(signed((SECRET + "\n").getBytes(StandardCharsets.UTF_8)))))
                .element(1)
                .asString()
                .contains("with the secret and a line end");
        Files.writeString(file, SECRET + " \n");
        assertThat(wrong(check(signed(SECRET.getBytes(StandardCharsets.UTF_8)))))
                .element(1)
                .asString()
                .contains("without the white space around it");
    }

    @Test
    void aTokenWhoseSignatureNobodyHasCheckedIsNotCalledGood() {
        Said said = token("--check", made("--user", "1"));
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.out()).contains("user        1\n");
        assertThat(wrong(said)).containsExactly("nobody has checked its signature: give the secret, or the keys");
    }

    @Test
    void aTokenComesByStandardInputToo() {
        String token = made("--user", "1");
        Said said = run(token + "\n", "--check", "-", "--secret-file", file());
        assertThat(said.out()).endsWith("Good: a relay with this secret takes it.\n");
        assertThat(run("", "--check", "-", "--secret-file", file()).status()).isEqualTo(1);
    }

    @Test
    void aTokenOfAKeySetIsCheckedWithIt() throws Exception {
        ECKey key = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
        ECKey stranger = new ECKeyGenerator(Curve.P_256).keyID("two").generate();
        Path keys = Files.writeString(folder.resolve("keys.json"), new JWKSet(key.toPublicJWK()).toString());
        Said good = token("--check", signed(key), "--jwks", keys.toString());
        assertThat(good.out()).endsWith("Good: a relay with this key set takes it.\n");
        assertThat(wrong(token("--check", signed(stranger), "--jwks", keys.toString())))
                .containsExactly("the token is signed by a key (kid 'two') that is not known");
        assertThat(wrong(token("--check", signed(key), "--secret-file", file())))
                .containsExactly("the token is signed in a way (alg 'ES256') that is not taken: it takes HS256");
        assertThat(wrong(token("--check", signed(key), "--jwks", keys.toString(), "--algorithms", "RS256")))
                .containsExactly("the token is signed in a way (alg 'ES256') that is not taken: it takes RS256");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x      | a token has three parts with dots between them",
                "''     | a token has three parts with dots between them",
                "a.b.c  | the first part of a token is a JSON object in base64url",
            })
    void whatIsNoTokenIsCalledSo(String token, String why) {
        Said said = check(token);
        assertThat(said.status()).isEqualTo(1);
        assertThat(wrong(said)).singleElement().asString().contains(why);
    }

    @Test
    void aTokenThatIsNotSignedIsCalledSo() {
        assertThat(wrong(check(new PlainJWT(claims().build()).serialize())))
                .singleElement()
                .asString()
                .contains("not signed (its alg is none)");
    }

    @Test
    void nothingThatATokenSaysMovesTheCursorOfATerminal() throws JOSEException {
        Said said = check(signed(new JWTClaimsSet.Builder(claims().build())
                .subject("\u001b[2Jalice\n\u009b")
                .claim("topics", List.of("\u001b[2J"))
                .build()));
        assertThat(said.out().replace("\n", "")).matches("\\P{Cntrl}*").doesNotContain("\u009b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "                              | token takes --user, whose token it is to be, or --check and a token",
                "--topics cats --secret-file $ | token takes --user",
                "--user 1                      | token takes --secret-file",
                "--user 1 --jwks x --secret-file $        | --jwks and --algorithms go with --check",
                "--check a.b.c --user 1        | --check takes no --user",
                "--check a.b.c --expires 1h    | --check takes no --user, --topics or --expires",
                "--check a.b.c --topics cats   | --check takes no --user",
                "--check                       | --check",
                "--user 1 --user 2 --secret-file $        | --user",
                "--user 1 --secret-file $ --expires soon  | 'soon' is not a duration: write 500ms, 25s, 10m or 1h",
                "--user 1 --secret-file $ --expires -1h   | '-1h' is not a duration",
                "--user 1 --secret-file $ --expires 9999h | a year",
                "--usr 1 --secret-file $       | --usr",
                "surplus                       | surplus",
            })
    void wrongFlagsAreSaidInOneLine(String flags, String why) {
        assertThatThrownBy(() -> token(split(flags)))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(why)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--user 1 --secret-file $ --expires 0s    | --expires takes at least 1s",
                "--user 1 --secret-file $ --expires 999ms | --expires takes at least 1s",
                "--user= --secret-file $                  | --user: user_id is empty",
                "--user 1 --topics= --secret-file $       | --topics: ",
                "--user 1 --topics cats, --secret-file $  | --topics: ",
                "--user 1 --topics a* --secret-file $     | --topics: * is part of a segment",
                "--user 1 --audience= --secret-file $     | --audience has no value",
                "--user 1 --issuer= --secret-file $       | --issuer has no value",
                "--user 1 --secret-file $.not             | cannot be read: there is no such file",
                "--check a.b.c --secret-file $.not        | cannot be read: there is no such file",
                "--check a.b.c --jwks $.not               | --jwks: $.not: there is no such file",
                "--check a.b.c --jwks $                   | is not a JSON Web Key Set",
                "--check a.b.c --jwks http://127.0.0.1:1/ | --jwks: the keys cannot be had",
                "--check a.b.c --jwks $ --algorithms HS256 | --jwks",
            })
    void whatARelayWouldRefuseIsNotMade(String flags, String why) {
        assertThatThrownBy(() -> token(split(flags)))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.detail())
                                .contains(why.replace("$", file()))
                                .doesNotContain("\n", "--jwt-", SECRET));
    }

    @Test
    void aSecretThatARelayWouldRefuseSignsNothing() throws IOException {
        Files.writeString(file, SECRET.substring(1));
        assertThatThrownBy(() -> made("--user", "1"))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.detail())
                                .isEqualTo("--secret-file: " + file
                                        + ": the secret has 31 bytes: HS256 takes at least 32, such as"
                                        + " openssl rand -hex 32 prints"));
    }

    @Test
    void aTokenThatIsTooLongForMostHeadersIsSaidToBe() {
        List<String> topics = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            topics.add("topic" + i);
        }
        Said said = token("--user", "1", "--topics", String.join(",", topics), "--secret-file", file());
        assertThat(said.status()).isZero();
        assertThat(said.err()).contains("--max-header-bytes").endsWith("431\n");
        assertThat(said.out()).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+\n");
    }

    @Test
    void aTokenForTooManyTopicsIsNotMade() {
        String topics = "cats" + ",cats".repeat(1000);
        assertThatThrownBy(() -> made("--user", "1", "--topics", topics))
                .isInstanceOfSatisfying(
                        InvalidInputException.class, e -> assertThat(e.detail()).contains("topics has 1001 entries"));
    }

    @Test
    void helpNamesEachFlag() {
        assertThat(token("--help").out())
                .contains("--user", "--topics", "--expires", "--secret-file", "--check", "--jwks", "Exit status");
    }

    private static List<String> wrong(Said said) {
        return said.out()
                .lines()
                .filter(line -> line.startsWith("wrong: "))
                .map(line -> line.substring("wrong: ".length()))
                .toList();
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder().subject("alice").expirationTime(Date.from(NOON.plusSeconds(600)));
    }

    private static String signed(JWTClaimsSet claims) throws JOSEException {
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
        token.sign(new MACSigner(SECRET));
        return token.serialize();
    }

    private static String signed(byte[] secret) throws JOSEException {
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
        token.sign(new MACSigner(secret));
        return token.serialize();
    }

    private static String signed(ECKey key) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), claims().build());
        token.sign(new ECDSASigner(key));
        return token.serialize();
    }

    private String file() {
        return file.toString();
    }

    private String[] split(String flags) {
        return flags == null ? new String[0] : flags.replace("$", file()).split(" ");
    }

    private String made(String... flags) {
        List<String> all = new ArrayList<>(List.of(flags));
        all.addAll(List.of("--secret-file", file()));
        return token(all.toArray(String[]::new)).out().strip();
    }

    private Said check(String token) {
        return token("--check", token, "--secret-file", file());
    }

    private Said token(String... arguments) {
        return run("", arguments);
    }

    private Said run(String in, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = new TokenCommand(
                        new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        () -> now)
                .run(arguments);
        return new Said(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
