package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.TestRelay;
import relay.testing.Api.Answer;

/** Where the keys come from that sign tokens. */
class TokenKeysTest {
    private final AtomicInteger requests = new AtomicInteger();
    private volatile String keys = "";
    private HttpServer issuer;

    @BeforeEach
    void startIssuer() throws IOException {
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext("/jwks", exchange -> {
            requests.incrementAndGet();
            byte[] body = keys.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(keys.isEmpty() ? 500 : 200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        issuer.start();
    }

    @AfterEach
    void stopIssuer() {
        issuer.stop(0);
    }

    @Test
    void theKeysOfAUrlAreAskedForOnceAndAgainForANewKeyButNotForEveryStranger() throws JOSEException {
        ECKey first = key("first");
        ECKey second = key("second");
        keys = new JWKSet(first.toPublicJWK()).toString();
        try (TestRelay relay = start(url())) {
            for (int i = 0; i < 5; i++) {
                assertThat(register(relay, first).status()).isEqualTo(200);
            }
            assertThat(requests).hasValue(1);
            keys = new JWKSet(second.toPublicJWK()).toString();
            assertThat(register(relay, second).status()).isEqualTo(200);
            assertThat(requests).hasValue(2);
            for (int i = 0; i < 20; i++) {
                assertThat(register(relay, key("stranger" + i)).status()).isEqualTo(401);
            }
            assertThat(requests.get()).isLessThanOrEqualTo(4);
            assertThat(register(relay, second).status()).isEqualTo(200);
        }
    }

    @Test
    void whileNoKeyCanBeHadTokensAreNeitherGoodNorBad() throws JOSEException {
        try (TestRelay relay = start(url())) {
            Answer answer = register(relay, key("any"));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isNotEmpty();
        }
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
            assertThat(register(relay, second).status()).isEqualTo(200);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> register(relay, first).status() == 401);
        }
    }

    private String url() {
        return "http://127.0.0.1:" + issuer.getAddress().getPort() + "/jwks";
    }

    private static TestRelay start(String jwks) {
        return TestRelay.start("--jwt-jwks", jwks, "--jwt-audience", "relay");
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
        return relay.api()
                .send(
                        "POST",
                        "/register",
                        "{}",
                        "Content-Type",
                        "application/json",
                        "Authorization",
                        "Bearer " + token.serialize());
    }

    private static ECKey key(String id) throws JOSEException {
        return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
    }
}
