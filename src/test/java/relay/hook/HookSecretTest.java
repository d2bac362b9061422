package relay.hook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.InvalidInputException;
import relay.testing.ExternalProgram;
import relay.testing.OpenSsl;

class HookSecretTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);

    /** The example that libraries for Standard Webhooks are tested with. */
    @Test
    void theExampleOfTheStandardIsSignedAsThere() {
        assertThat(HookSecret.of(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", BODY))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void opensslMakesTheSameSignature(@TempDir Path folder) throws IOException {
        String key = HexFormat.of().formatHex(Base64.getDecoder().decode(SECRET.substring("whsec_".length())));
        Path text = Files.writeString(folder.resolve("text"), "id-1.1700000000." + new String(BODY, UTF_8));
        Path digest =
                OpenSsl.in(folder).write("digest", "dgst -sha256 -mac HMAC -macopt hexkey:" + key + " -binary " + text);
        assertThat(HookSecret.of(SECRET).sign("id-1", "1700000000", BODY))
                .isEqualTo("v1," + Base64.getEncoder().encodeToString(Files.readAllBytes(digest)));
    }

    @Test
    void nodeMakesTheSameSignature() {
        ExternalProgram.require("nodejs", Map.of(), "/usr/bin/node", "--version");
        String made = ExternalProgram.run(
                "/usr/bin/node",
                "-e",
                "const [key, text] = process.argv.slice(1); console.log(require('crypto')"
                        + ".createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64'))",
                SECRET.substring("whsec_".length()),
                "ü.1700000000.{\"ü\":1}");
        assertThat(HookSecret.of(SECRET).sign("ü", "1700000000", "{\"ü\":1}".getBytes(UTF_8)))
                .isEqualTo("v1," + made.strip());
    }

    @Test
    void ofSeveralSignaturesOneHasToBeRight() {
        HookSecret secret = HookSecret.of(SECRET);
        String right = secret.sign("id", "1", BODY);
        assertThat(secret.hasSigned(right, "id", "1", BODY)).isTrue();
        assertThat(secret.hasSigned("v1,AAAA v1a,BBBB " + right, "id", "1", BODY))
                .isTrue();
        assertThat(secret.hasSigned(right + " v1,AAAA", "id", "1", BODY)).isTrue();
    }

    @Test
    void aSignatureIsForItsIdItsTimeItsBodyAndItsSecretAlone() {
        HookSecret secret = HookSecret.of(SECRET);
        String right = secret.sign("id", "1", BODY);
        assertThat(secret.hasSigned(right, "other", "1", BODY)).isFalse();
        assertThat(secret.hasSigned(right, "id", "2", BODY)).isFalse();
        assertThat(secret.hasSigned(right, "id", "1", "{}".getBytes(UTF_8))).isFalse();
        assertThat(secret.hasSigned(right.replace("v1,", ""), "id", "1", BODY)).isFalse();
        assertThat(secret.hasSigned("", "id", "1", BODY)).isFalse();
        HookSecret other = HookSecret.of("whsec_" + Base64.getEncoder().encodeToString(new byte[24]));
        assertThat(other.hasSigned(right, "id", "1", BODY)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 25, 32, 64})
    void aSecretHas24To64Bytes(int bytes) {
        String text = "whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]);
        assertThat(HookSecret.of("\n " + text + "\r\n").sign("id", "1", BODY))
                .isEqualTo(HookSecret.of(text).sign("id", "1", BODY));
    }

    @ParameterizedTest
    @CsvSource({
        "'', does not begin",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, does not begin",
        "whsec_, 0 bytes",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=, not Base64",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa_-, not Base64",
        "whsec_MfKQ9r8G KYqrTwjUPD8ILPZIo2LaLaSw, not Base64",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ=, 23 bytes"
    })
    void anythingElseIsRefusedWithoutBeingShown(String text, String reason) {
        assertThatThrownBy(() -> HookSecret.of(text))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("openssl rand -base64 32")
                .hasMessageNotContaining("MfKQ9");
    }

    @Test
    void moreThan64BytesAreRefused() {
        assertThatThrownBy(() -> HookSecret.of("whsec_" + Base64.getEncoder().encodeToString(new byte[65])))
                .hasMessageContaining("65 bytes");
    }
}
