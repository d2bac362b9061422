package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import relay.testing.HookFlags;
import relay.testing.Scrape;

/** The Grafana dashboard and the Prometheus rules are well formed, and ask for what a relay has. */
class DashboardTest {
    private static final Path DASHBOARD = Path.of("src/main/deploy/grafana/relay.json");
    private static final Path ALERTS = Path.of("src/main/deploy/prometheus/relay-alerts.yml");

    /** A metric with what picks some of its series, if anything does. */
    private static final Pattern SELECTOR = Pattern.compile("\\b((?:relay|jvm|process)_[a-z_]+)(\\{[^}]*})?");

    @TempDir
    private static Path data;

    private static Set<String> samples;

    @BeforeAll
    static void scrape() {
        try (TestRelay relay = TestRelay.start(HookFlags.toNowhere("--data", data.toString()))) {
            samples = Scrape.of(relay.api()).samples().keySet();
        }
    }

    @Test
    void everyPanelAsksForMetricsAndLabelsThatThereAre() throws IOException {
        List<String> expressions = new ArrayList<>();
        for (JsonNode panel : dashboard().get("panels")) {
            panel.path("targets")
                    .forEach(target -> expressions.add(target.get("expr").asText()));
        }
        for (JsonNode variable : dashboard().get("templating").get("list")) {
            expressions.add(variable.path("definition").asText());
        }
        assertThat(expressions).hasSizeGreaterThan(20);
        assertThat(unknownIn(expressions)).isEmpty();
    }

    @Test
    void everyMetricOfTheRelayIsOnTheDashboard() throws IOException {
        String text = Files.readString(DASHBOARD);
        samples.stream()
                .map(DashboardTest::name)
                .filter(name -> name.startsWith("relay_"))
                .filter(name -> !name.matches(".*_(seconds|messages)_(sum|count)"))
                .forEach(name -> assertThat(text).contains(name));
    }

    @Test
    void panelsHaveIdsOfTheirOwnAndDoNotOverlap() throws IOException {
        Set<Integer> ids = new HashSet<>();
        Set<String> taken = new HashSet<>();
        for (JsonNode panel : dashboard().get("panels")) {
            assertThat(ids.add(panel.get("id").asInt())).as(panel.toString()).isTrue();
            JsonNode place = panel.get("gridPos");
            assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
            for (int x = 0; x < place.get("w").asInt(); x++) {
                for (int y = 0; y < place.get("h").asInt(); y++) {
                    int column = place.get("x").asInt() + x;
                    int line = place.get("y").asInt() + y;
                    assertThat(taken.add(column + "," + line))
                            .as(panel.toString())
                            .isTrue();
                }
            }
        }
    }

    @Test
    void everyAlertAsksForMetricsAndLabelsThatThereAreAndSaysWhatToDo() throws IOException {
        List<String> expressions = new ArrayList<>();
        Set<String> names = new TreeSet<>();
        for (Map<?, ?> rule : rules()) {
            assertThat(names.add((String) rule.get("alert"))).isTrue();
            assertThat(rule.get("for")).asString().matches("\\d+m");
            assertThat(((Map<?, ?>) rule.get("labels")).get("severity")).isIn("warning", "critical");
            Map<?, ?> annotations = (Map<?, ?>) rule.get("annotations");
            assertThat(annotations.get("summary")).asString().isNotBlank();
            assertThat(annotations.get("description")).asString().isNotBlank();
            expressions.add((String) rule.get("expr"));
        }
        assertThat(names)
                .contains(
                        "RelayNotScraped",
                        "RelayNotReady",
                        "RelayDiskTakesNothing",
                        "RelaySlowDisk",
                        "RelaySlowClients",
                        "RelayPublishQueueNearItsBound",
                        "RelaySlowDelivery");
        assertThat(unknownIn(expressions)).isEmpty();
    }

    @Test
    void misspeltMetricOrLabelWouldBeSeen() {
        assertThat(unknownIn(List.of("rate(relay_publishs_total[5m])", "relay_closes_total{kode=\"4408\"}")))
                .containsExactly("relay_publishs_total", "relay_closes_total{kode=\"4408\"}");
        assertThat(unknownIn(List.of("relay_closes_total{code=\"4499\"}"))).hasSize(1);
        assertThat(unknownIn(List.of("relay_closes_total{code=\"4408\"}", "up == 0")))
                .isEmpty();
    }

    /** What of some expressions no relay has; labels that Prometheus adds, and variables, are anybody's. */
    private static List<String> unknownIn(List<String> expressions) {
        return expressions.stream()
                .flatMap(expression -> SELECTOR.matcher(expression).results())
                .filter(selector -> !isKnown(selector))
                .map(MatchResult::group)
                .toList();
    }

    private static boolean isKnown(MatchResult selector) {
        List<String> wanted = selector.group(2) == null
                ? List.of()
                : Stream.of(selector.group(2).replaceAll("[{}]", "").split(", *", -1))
                        .filter(matcher -> !matcher.matches("(job|instance)=.*"))
                        .toList();
        return samples.stream()
                .filter(sample -> name(sample).equals(selector.group(1)))
                .anyMatch(sample -> wanted.stream().allMatch(sample::contains));
    }

    private static String name(String sample) {
        return sample.replaceFirst("\\{.*", "");
    }

    private static JsonNode dashboard() throws IOException {
        return new ObjectMapper().readTree(DASHBOARD.toFile());
    }

    private static List<Map<?, ?>> rules() throws IOException {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        Map<?, ?> file = new Yaml(new SafeConstructor(options)).load(Files.readString(ALERTS));
        List<Map<?, ?>> rules = new ArrayList<>();
        for (Object group : (List<?>) file.get("groups")) {
            for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
                rules.add((Map<?, ?>) rule);
            }
        }
        return rules;
    }
}
