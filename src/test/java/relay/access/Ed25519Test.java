package relay.access;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.util.Base64URL;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.TestRelay;

/** Tokens that are signed with Ed25519. */
class Ed25519Test {
    /** The key and the signature of RFC 8037, A.2 and A.4. */
    private static final String X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    private static final String SIGNED = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
            + ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    @Test
    void theExampleOfTheRfcIsGoodAndNothingElseIs() throws Exception {
        Ed25519 check = new Ed25519(new Base64URL(X).decode());
        JWSObject example = JWSObject.parse(SIGNED);
        assertThat(example.verify(check)).isTrue();
        byte[] signature = example.getSignature().decode();
        JWSHeader header = example.getHeader();
        for (int i = 0; i < signature.length; i++) {
            byte[] other = signature.clone();
            other[i] ^= 1;
            assertThat(check.verify(header, example.getSigningInput(), Base64URL.encode(other)))
                    .isFalse();
        }
        for (int length : new int[] {0, 1, 32, 63, 65}) {
            Base64URL other = Base64URL.encode(Arrays.copyOf(signature, length));
            assertThat(check.verify(header, example.getSigningInput(), other)).isFalse();
        }
        assertThat(check.verify(header, "other".getBytes(US_ASCII), example.getSignature()))
                .isFalse();
    }

    @Test
    void whatIsNoKeyIsNotTaken() {
        byte[] noPoint = new byte[32];
        noPoint[0] = 2;
        for (byte[] bytes : new byte[][] {new byte[0], new byte[31], new byte[33], noPoint}) {
            assertThatThrownBy(() -> new Ed25519(bytes)).isInstanceOf(JOSEException.class);
        }
    }

    @Test
    void aTokenOfSuchAKeyIsTakenByDefaultUnderBothNamesAndOnlyWhereItIsAllowed(@TempDir Path folder) throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = pair.getPublic().getEncoded();
        Base64URL x = Base64URL.encode(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        Path keys = Files.writeString(
                folder.resolve("keys.json"),
                "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"ed\",\"use\":\"sig\",\"x\":\"" + x
                        + "\"}]}");
        for (JWSAlgorithm algorithm : Ed25519.ALGORITHMS) {
            String token = token(pair, algorithm);
            assertThat(register(keys, token)).as(algorithm.getName()).isEqualTo(200);
            assertThat(register(keys, token, "--jwt-algorithms", "RS256, " + algorithm))
                    .isEqualTo(200);
            assertThat(register(keys, token, "--jwt-algorithms", "RS256,ES256")).isEqualTo(401);
            assertThat(register(
                            keys, token(KeyPairGenerator.getInstance("Ed25519").generateKeyPair(), algorithm)))
                    .isEqualTo(401);
        }
    }

    private static int register(Path keys, String token, String... flags) throws IOException {
        String[] given = {"--jwt-jwks", keys.toString(), "--jwt-audience", "relay"};
        String[] all = Arrays.copyOf(given, given.length + flags.length);
        System.arraycopy(flags, 0, all, given.length, flags.length);
        try (TestRelay relay = TestRelay.start(all)) {
            return relay.api().postAs(token, "/register", "{}").status();
        }
    }

    private static String token(KeyPair pair, JWSAlgorithm algorithm) throws GeneralSecurityException {
        String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"ed\",\"typ\":\"JWT\"}";
        String claims = "{\"sub\":\"alice\",\"aud\":\"relay\",\"exp\":"
                + Instant.now().plusSeconds(600).getEpochSecond() + "}";
        String input = Base64URL.encode(header) + "." + Base64URL.encode(claims);
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(input.getBytes(US_ASCII));
        return input + "." + Base64URL.encode(signature.sign());
    }
}
