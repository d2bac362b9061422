package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.uri.Route;

/** No path can be written in a way that passes by its limits or its rights. */
class RoutesTest {
    @AutoClose
    private static final TestRelay locked = TestRelay.start(Map.of("RELAY_API_KEYS", "s3cr3t"));

    /** Its clock stands still, and what an address may do in a second has been done. */
    @AutoClose
    private static final TestRelay limited = TestRelay.startLimitingLoopback(
            () -> 0, "--max-registrations-per-second", "1", "--max-handshakes-per-second", "1");

    @BeforeAll
    static void spendTheRates() {
        assertThat(limited.api().post("/register", "{\"user_id\":1}").status()).isEqualTo(200);
        assertThat(limited.api().get("/ws/x").status()).isEqualTo(404);
    }

    static Stream<Arguments> requests() {
        return Stream.of(Route.values())
                .flatMap(route -> route.methods().stream()
                        .filter(method -> !method.equals("OPTIONS"))
                        .map(method ->
                                Arguments.of(route, method, route.pattern().replaceAll("\\{[^}]*}", "x"))));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aWholeUrlIsWhatItsPathIs(Route route, String method, String path) {
        for (TestRelay relay : List.of(locked, limited)) {
            assertThat(ask(relay, method, "http://localhost" + path)).isEqualTo(ask(relay, method, path));
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void anotherSpellingDoesNotPassByAKeyOrARate(Route route, String method, String path) {
        if (route.right().isPresent()) {
            spellings(path)
                    .forEach(spelling -> assertThat(ask(locked, method, spelling))
                            .as(method + " " + spelling)
                            .isIn(400, 401, 404, 405));
        }
        if (route.rate() != Route.Rate.UNLIMITED) {
            spellings(path)
                    .forEach(spelling -> assertThat(ask(limited, method, spelling))
                            .as(method + " " + spelling)
                            .isIn(400, 404, 405, 429));
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aPathIsRefusedWithoutItsKeyAndBeyondItsRate(Route route, String method, String path) {
        assertThat(ask(locked, method, path) == 401).isEqualTo(route.right().isPresent());
        assertThat(ask(limited, method, path) == 429).isEqualTo(route.rate() != Route.Rate.UNLIMITED);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aMethodThatAPathDoesNotTakeIs405(Route route, String method, String path) {
        Answer answer = Raw.exchange(locked.port(), List.of("BREW " + path + " HTTP/1.1", "Host: localhost"), "");
        assertProblem(answer, 405);
        assertThat(answer.header("Allow")).isEqualTo(route.allow()).contains(method);
    }

    private static Stream<String> spellings(String path) {
        String encoded = "/%" + Integer.toHexString(path.charAt(1)) + path.substring(2);
        int end = path.indexOf('/', 1) < 0 ? path.length() : path.indexOf('/', 1);
        String stem = path.substring(0, end);
        String rest = path.substring(end);
        return Stream.of(
                path + "/",
                path + "//",
                "/" + path,
                "//localhost" + path,
                stem + "/" + rest,
                encoded,
                encoded + "/",
                path + ";x=y",
                path + ";",
                path + "/;x=y",
                stem + ";x=y" + rest,
                "/;x=y" + path,
                path.toUpperCase(Locale.ROOT),
                "/." + path,
                "/x/.." + path,
                "/x/..;" + path,
                "/x/%2e%2e" + path,
                path + "/.",
                path + "/..",
                path + "/x/..",
                path + "/./",
                stem + "/." + rest,
                stem + "/x/.." + rest,
                stem + "%2f" + rest,
                "/%2f" + path.substring(1),
                path + "%20",
                path + "%00",
                path + "%2f",
                path + "%3f",
                "\\" + path.substring(1),
                "http://localhost" + path + "/",
                "http://localhost/" + path,
                "http://localhost" + encoded,
                "http://localhost/." + path,
                "HTTP://LOCALHOST" + path,
                path + "?",
                path + "/?x=y");
    }

    private static int ask(TestRelay relay, String method, String target) {
        Answer answer = Raw.exchange(
                relay.port(),
                List.of(
                        method + " " + target + " HTTP/1.1",
                        "Host: localhost",
                        "Content-Type: application/json",
                        "Content-Length: 13"),
                "{\"user_id\":1}");
        return answer.status();
    }
}
