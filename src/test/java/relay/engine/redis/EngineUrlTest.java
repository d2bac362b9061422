package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.InvalidInputException;

class EngineUrlTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    @ParameterizedTest
    @CsvSource({
        "redis://localhost,redis://localhost",
        "redis://127.0.0.1:6379/3,redis://127.0.0.1:6379/3",
        "rediss://[::1]:6379,rediss://[::1]:6379",
        "redis://:hunter2@localhost:6379,redis://********@localhost:6379",
        "redis://hunter2@localhost:6379,redis://********@localhost:6379",
        "redis://someone:hun%2Fter2@localhost/1,redis://********@localhost/1",
        "rediss-sentinel://:hunter2@a:26379%2Cb:26379#mine,rediss-sentinel://********@a:26379%2Cb:26379#mine",
        "redis-cluster://:hunter2@a:7000%2Cb:7001,redis-cluster://********@a:7000%2Cb:7001",
    })
    void itIsWrittenWithoutTheCredentials(String url, String written) {
        EngineUrl parsed = EngineUrl.parse(url.replace("%2C", ","));
        assertThat(parsed).hasToString(written.replace("%2C", ","));
        assertThat(EngineUrl.hasSecret(url)).isEqualTo(url.contains("@"));
    }

    @Test
    void theCredentialsAreTakenAsTheyAreMeant() {
        RedisURI uri = only("redis://a%40b:h%2Fu%25n+t==%23%3A%C3%A9@localhost");
        assertThat(credentials(uri).getUsername()).isEqualTo("a@b");
        assertThat(password(uri)).isEqualTo("h/u%n+t==#:\u00e9");
        assertThat(password(only("redis://:p:q@localhost"))).isEqualTo("p:q");
        assertThat(password(only("redis://hun%2Bter%202@localhost"))).isEqualTo("hun+ter 2");
    }

    @Test
    void eachServerOfAClusterIsOneWithTheCredentialsOfAll() {
        List<RedisURI> uris =
                EngineUrl.parse("rediss-cluster://:p%2Fq@a:7000,b:7001").first(TIMEOUT);
        assertThat(uris).extracting(RedisURI::getHost).containsExactly("a", "b");
        assertThat(uris).allMatch(RedisURI::isSsl);
        assertThat(uris).extracting(EngineUrlTest::password).containsExactly("p/q", "p/q");
    }

    @Test
    void sentinelsAreAskedForTheMasterByItsNameAndWithoutTheServersPassword() {
        EngineUrl url = EngineUrl.parse("rediss-sentinel://:pass@a,b:26380/2?verifyPeer=CA#mine");
        assertThat(url.master()).isEqualTo("mine");
        assertThat(url.first(TIMEOUT)).extracting(RedisURI::getPort).containsExactly(26379, 26380);
        assertThat(url.first(TIMEOUT)).extracting(RedisURI::getDatabase).containsOnly(0);
        assertThat(url.first(TIMEOUT)).allMatch(RedisURI::isSsl);
        assertThat(url.first(TIMEOUT))
                .noneMatch(sentinel -> credentials(sentinel).hasPassword());
        assertThat(password(url.server(TIMEOUT))).isEqualTo("pass");
        assertThat(url.server(TIMEOUT).getDatabase()).isEqualTo(2);
        assertThat(url.server(TIMEOUT).isSsl()).isTrue();
    }

    @Test
    void sentinelsMayHaveAUserAndAPasswordOfTheirOwn() {
        EngineUrl url = EngineUrl.parse(
                "redis-sentinel://:hunter2@a:1,b:2?sentinelUser=a%40b&sentinelPassword=hun%2Fter%26#mine");
        assertThat(url.first(TIMEOUT)).extracting(EngineUrlTest::password).containsOnly("hun/ter&");
        assertThat(url.first(TIMEOUT))
                .allMatch(sentinel -> credentials(sentinel).getUsername().equals("a@b"));
        assertThat(password(url.server(TIMEOUT))).isEqualTo("hunter2");
        assertThat(url)
                .hasToString("redis-sentinel://********@a:1,b:2?sentinelUser=********&sentinelPassword=********#mine");
        EngineUrl alone = EngineUrl.parse("redis-sentinel://a?sentinelPassword=hunter2#mine");
        assertThat(EngineUrl.hasSecret("redis-sentinel://a?sentinelPassword=hunter2#mine"))
                .isTrue();
        assertThat(alone).hasToString("redis-sentinel://a?sentinelPassword=********#mine");
        assertThat(password(alone.first(TIMEOUT).get(0))).isEqualTo("hunter2");
        assertThat(credentials(alone.server(TIMEOUT)).hasPassword()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://:hunter2%zz@localhost",
                "redis://:hunter2%@localhost",
                "redis://:hun/ter2@localhost:6379",
                "redis://hun/ter2@localhost:6379",
                "redis://user:12/ter2@localhost:6379",
                "redis://user:12#ter2@localhost:6379",
                "redis://user:12?ter2@localhost:6379",
                "redis-sentinel://user:12#ter2@localhost:26379#mine",
                "redis://:hun#ter2@localhost",
                "redis://:hun?ter2@localhost",
                "redis://:hun@ter2@localhost",
                "redis://:hun ter2@localhost",
                "redis://:hunter2@",
                "redis://:hunter2@:6379",
                "redis://:hunter2@localhost:99999",
                "redis://:hunter2@localhost:0",
                "redis://:hunter2@a,b",
                "redis://:hunter2@localhost:6379/first",
                "redis://:hunter2@localhost:6379#mine",
                "redis-sentinel://:hunter2@localhost:26379",
                "redis-cluster://:hunter2@a,,b",
                "redis-cluster://:hunter2@a:7000#mine",
                "redis:/:hunter2@localhost",
                "rediz://:hunter2@localhost",
                "hunter2",
                "redis://localhost?sentinelPassword=hunter2",
                "redis-cluster://localhost?sentinelPassword=hunter2",
                "redis-sentinel://localhost?sentinelUser=hunter2#mine",
                "redis-sentinel://localhost?password=hunter2#mine",
                "redis-sentinel://localhost?hunter2#mine",
                "redis-sentinel://localhost?sentinelPassword=hun&ter2#mine",
                "redis-sentinel://localhost?sentinelPassword=hunter2&sentinelPassword=hunter2#mine",
                "redis://localhost?verifyPeer=hunter2",
                "unix:///hunter2",
                ""
            })
    void whatIsWrongIsRefusedInOneLineWithoutAPartOfThePassword(String url) {
        assertThatThrownBy(() -> EngineUrl.parse(url))
                .isInstanceOf(InvalidInputException.class)
                .hasNoCause()
                .satisfies(e -> assertThat(((InvalidInputException) e).detail())
                        .doesNotContain("hun")
                        .doesNotContain("ter2")
                        .doesNotContain("\n"));
    }

    @Test
    void aSentinelWithoutTheMastersNameIsToldWhatItNeeds() {
        assertThatThrownBy(() -> EngineUrl.parse("redis-sentinel://h:26379")).hasMessageContaining("#mymaster");
    }

    private static String password(RedisURI uri) {
        return new String(credentials(uri).getPassword());
    }

    private static RedisCredentials credentials(RedisURI uri) {
        return uri.getCredentialsProvider().resolveCredentials().block();
    }

    private static RedisURI only(String url) {
        List<RedisURI> uris = EngineUrl.parse(url).first(TIMEOUT);
        assertThat(uris).hasSize(1);
        return uris.get(0);
    }
}
