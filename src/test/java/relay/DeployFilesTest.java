package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.settings.Configuration;
import relay.settings.Settings;
import relay.settings.SettingsReader;
import relay.testing.TestJson;

/** The files below {@code src/main/deploy} fit each other, the flags and the README. */
class DeployFilesTest {
    private static final Path DEPLOY = Path.of("src", "main", "deploy");
    private static final String JAR = "/opt/relay/relay.jar";
    private static final Path DATA = Path.of("/var/lib/relay");

    @TempDir
    private Path folder;

    @Test
    void theSettingsThatAreShippedCanBeRead() throws IOException {
        Configuration shipped = read(DEPLOY.resolve("relay.properties"));
        assertThat(shipped.warnings()).isEmpty();
        assertThat(shipped.settings().trustedProxies()).isPresent();
        assertThat(shipped.settings().apiKeysFile()).contains(Path.of("/etc/relay/keys"));
        assertThat(shipped.settings().open()).isFalse();
        assertThat(shipped.settings().data()).contains(DATA);
    }

    @Test
    void soCanThoseThatAreCommentedOut() throws IOException {
        String text = Files.readString(DEPLOY.resolve("relay.properties"));
        Path file = Files.writeString(folder.resolve("relay.properties"), text.replaceAll("(?m)^# ([a-z-]+ = )", "$1"));
        Settings settings = read(file).settings();
        assertThat(settings.allowOrigin()).containsExactly("https://example.com");
        assertThat(settings.dataBytes()).isEqualTo(defaults().dataBytes());
    }

    @Nested
    class OfSystemd {
        private final String unit = text("systemd/relay.service").replace("\\\n", "");

        @Test
        void theRelayHasMoreTimeToDrainThanItTakes() {
            Duration drain = defaults().drain();
            assertThat(Duration.ofSeconds(Long.parseLong(value("TimeoutStopSec"))))
                    .isGreaterThan(drain.plusSeconds(5));
            assertThat(Integer.parseInt(value("LimitNOFILE"))).isGreaterThanOrEqualTo(1 << 20);
        }

        @Test
        void javaRunsWithTheFlagsOfTheReadme() {
            assertThat(value("ExecStart").split("\\s+"))
                    .startsWith("/usr/bin/java")
                    .contains(flagsOfThePage())
                    .endsWith("-jar", JAR);
        }

        @Test
        void aReloadIsTheSignalThatEndsNothing() {
            assertThat(value("ExecReload")).isEqualTo("/bin/kill -HUP $MAINPID");
        }

        @Test
        void aWrongSettingIsNotTriedAgain() {
            assertThat(value("Restart")).isEqualTo("on-failure");
            assertThat(value("RestartPreventExitStatus")).isEqualTo("2");
            assertThat(value("Environment")).isEqualTo("RELAY_CONFIG=/etc/relay/relay.properties");
        }

        /** The rest of what there is can only be read: {@code StateDirectory=} is what the relay may write to. */
        @Test
        void theRelayMayWriteToTheDirectoryOfItsSettingsAndNobodyElseMayReadIt() {
            assertThat(Path.of("/var/lib").resolve(value("StateDirectory"))).isEqualTo(DATA);
            assertThat(value("StateDirectoryMode")).isEqualTo("0700");
            assertThat(value("UMask")).isEqualTo("0077");
            assertThat(value("ProtectSystem")).isEqualTo("strict");
        }

        private String value(String name) {
            Matcher matcher =
                    Pattern.compile("^" + name + "=(.*)$", Pattern.MULTILINE).matcher(unit);
            assertThat(matcher.find()).as(name).isTrue();
            return matcher.group(1);
        }
    }

    @Nested
    class OfDocker {
        /** An instruction and what stands behind it. */
        private record Instruction(String word, String rest) {}

        private final List<Instruction> instructions = Arrays.stream(text("docker/Dockerfile")
                        .replaceAll("(?m)^#.*\\R", "")
                        .replace("\\\n", "")
                        .split("\n"))
                .filter(line -> !line.isBlank())
                .map(line -> line.split(" ", 2))
                .map(words -> new Instruction(words[0], words[1].strip()))
                .toList();

        @Test
        void whatItCopiesIsThere() {
            List<String> copied = new ArrayList<>();
            for (Instruction instruction : all("COPY")) {
                String[] words = instruction.rest().split("\\s+");
                if (!words[0].startsWith("--from=")) {
                    copied.addAll(List.of(words).subList(0, words.length - 1));
                }
            }
            assertThat(copied).contains("pom.xml", ".mvn", "src").allMatch(path -> Files.exists(Path.of(path)));
        }

        @Test
        void theJarIsTheOneThatTheBuildMakes() {
            assertThat(all("RUN"))
                    .anyMatch(
                            run -> run.rest().startsWith("./mvnw") && run.rest().endsWith(" package"))
                    .anyMatch(run -> run.rest().contains("cp target/relay.jar /opt/relay/"));
            assertThat(Path.of("pom.xml")).content().contains("<finalName>relay</finalName>");
        }

        @Test
        void whatAsksForItsHealthIsTheRelayItself() {
            assertThat(all("HEALTHCHECK"))
                    .singleElement()
                    .satisfies(check -> assertThat(check.rest())
                            .contains("/opt/jre/bin/java")
                            .endsWith("\"-jar\", \"/opt/relay/relay.jar\", \"health\"]"));
        }

        @Test
        void theLastStageIsEmptyButForWhatIsCopied() {
            List<Instruction> last = lastStage();
            assertThat(last).extracting(Instruction::word).doesNotContain("RUN", "CMD", "ADD", "SHELL");
            assertThat(last.get(0).rest()).isEqualTo("scratch");
            assertThat(last)
                    .filteredOn(instruction -> instruction.word().equals("COPY"))
                    .extracting(Instruction::rest)
                    .allMatch(rest -> rest.matches("--from=build (--chown=\\S+ )?/.*"))
                    .anyMatch(rest -> rest.endsWith(" /opt/relay/"));
        }

        /** A new volume gets the owner and the mode of the directory that it covers. */
        @Test
        void theDirectoryForAVolumeIsThereAndIsTheUsers() {
            assertThat(all("RUN")).anyMatch(run -> run.rest().equals("mkdir -p -m 700 /image-data/relay"));
            assertThat(all("COPY"))
                    .anyMatch(copy -> copy.rest()
                            .equals("--from=build --chown=" + last("USER") + " /image-data/ " + DATA.getParent()
                                    + "/"));
            assertThat(text("docker/Dockerfile"))
                    .contains("-e RELAY_DATA=" + DATA + " -v relay-data:" + DATA + " --stop-timeout 30 relay\n");
        }

        @Test
        void theComposeFileRunsItWithItsVolume() throws IOException {
            JsonNode file = new YAMLMapper().readTree(text("docker/compose.yaml"));
            JsonNode relay = file.at("/services/relay");
            Path context = DEPLOY.resolve("docker")
                    .resolve(relay.at("/build/context").asText())
                    .normalize();
            assertThat(context).isEqualTo(Path.of(""));
            assertThat(context.resolve(relay.at("/build/dockerfile").asText()))
                    .exists()
                    .isEqualTo(DEPLOY.resolve("docker/Dockerfile"));
            assertThat(relay.at("/volumes/0").asText()).isEqualTo("data:" + DATA);
            assertThat(file.at("/volumes").fieldNames()).toIterable().containsExactly("data");
            assertThat(relay.at("/ports/0").asText()).endsWith(":" + last("EXPOSE"));
            assertThat(Duration.parse("PT" + relay.path("stop_grace_period").asText()))
                    .isGreaterThan(defaults().drain().plusSeconds(5));
            Map<String, String> environment = new HashMap<>(Map.of("RELAY_HOST", "0.0.0.0"));
            relay.path("environment")
                    .properties()
                    .forEach(variable -> environment.put(
                            variable.getKey(), variable.getValue().asText().replaceAll("\\$\\{.*}", "s3cr3t")));
            Configuration configuration = new SettingsReader(environment).read().orElseThrow();
            assertThat(configuration.warnings()).isEmpty();
            assertThat(configuration.settings().data()).contains(DATA);
            assertThat(configuration.settings().apiKeys()).contains("s3cr3t");
        }

        @Test
        void itRunsTheJarAsNobodyInParticularWithTheFlagsOfTheReadme() throws IOException {
            assertThat(last("USER")).matches("[1-9]\\d+:[1-9]\\d+");
            assertThat(last("EXPOSE")).isEqualTo(String.valueOf(defaults().port()));
            assertThat(last("ENV")).isEqualTo("RELAY_HOST=0.0.0.0");
            List<String> command = new ArrayList<>();
            TestJson.parse(last("ENTRYPOINT")).forEach(word -> command.add(word.asText()));
            assertThat(command)
                    .startsWith("/opt/jre/bin/java")
                    .contains(flagsOfThePage())
                    .endsWith("-jar", JAR);
        }

        /** The cache fits only the flags that it was made with. */
        @Test
        void theCacheIsTrainedWithTheFlagsThatTheRelayRunsWith() {
            String run = all("RUN").stream()
                    .map(Instruction::rest)
                    .filter(rest -> rest.endsWith(" -jar " + JAR + " train"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("nothing trains a relay"));
            List<String> trained = flags(Arrays.asList(run.split("\\s+")));
            List<String> command = new ArrayList<>();
            TestJson.parse(last("ENTRYPOINT")).forEach(word -> command.add(word.asText()));
            assertThat(trained).contains("-XX:AOTCacheOutput=/opt/relay/relay.aot");
            assertThat(flags(command))
                    .containsExactlyElementsOf(trained.stream()
                            .map(flag -> flag.replace("AOTCacheOutput", "AOTCache"))
                            .sorted()
                            .toList());
        }

        private static List<String> flags(List<String> command) {
            return command.stream()
                    .filter(word -> word.startsWith("-X"))
                    .sorted()
                    .toList();
        }

        private List<Instruction> all(String word) {
            return instructions.stream()
                    .filter(instruction -> instruction.word().equals(word))
                    .toList();
        }

        private List<Instruction> lastStage() {
            return instructions.subList(
                    instructions.lastIndexOf(all("FROM").get(all("FROM").size() - 1)), instructions.size());
        }

        private String last(String word) {
            return lastStage().stream()
                    .filter(instruction -> instruction.word().equals(word))
                    .findFirst()
                    .map(Instruction::rest)
                    .orElseThrow(() -> new AssertionError("the last stage has no " + word));
        }
    }

    @Nested
    class OfKubernetes {
        private final Map<String, JsonNode> objects = objects();
        private final JsonNode pod = object("StatefulSet").at("/spec/template/spec");
        private final JsonNode container = pod.at("/containers/0");

        @Test
        void itsSettingsCanBeRead() throws IOException {
            Path file = Files.writeString(
                    folder.resolve("relay.properties"),
                    object("ConfigMap").at("/data/relay.properties").asText());
            Configuration configuration = read(file);
            assertThat(configuration.settings().host()).isEqualTo("0.0.0.0");
            assertThat(configuration.settings().port())
                    .isEqualTo(container.at("/ports/0/containerPort").asInt());
            Path keys = configuration.settings().apiKeysFile().orElseThrow();
            assertThat(container.at("/volumeMounts").findValuesAsText("mountPath"))
                    .contains(keys.getParent().toString());
            assertThat(container.at("/env/0/name").asText()).isEqualTo("RELAY_CONFIG");
            assertThat(container.at("/volumeMounts").findValuesAsText("mountPath"))
                    .contains(Path.of(container.at("/env/0/value").asText())
                            .getParent()
                            .toString());
        }

        @Test
        void itsProbesAreAnswered() {
            try (TestRelay relay = TestRelay.start()) {
                for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                    JsonNode http = container.at("/" + probe + "/httpGet");
                    assertThat(relay.api().get(http.path("path").asText()).status())
                            .as(probe)
                            .isEqualTo(200);
                    assertThat(http.path("port")).isEqualTo(container.at("/ports/0/name"));
                }
            }
            assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/ready");
            assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/health");
        }

        @Test
        void theRelayHasMoreTimeToDrainThanItTakes() {
            long drain = defaults().drain().toSeconds();
            assertThat(pod.path("terminationGracePeriodSeconds").asLong())
                    .isGreaterThan(
                            container.at("/lifecycle/preStop/sleep/seconds").asLong() + drain + 5);
        }

        @Test
        void nothingSetsItsVariablesForItAndTwoNeverRun() {
            assertThat(pod.path("enableServiceLinks").asBoolean(true)).isFalse();
            assertThat(object("StatefulSet").at("/spec/replicas").asInt()).isEqualTo(1);
            assertThat(object("StatefulSet").at("/spec/updateStrategy")).isEmpty();
            assertThat(object("StatefulSet").at("/spec/serviceName"))
                    .isEqualTo(object("Service").at("/metadata/name"));
        }

        @Test
        void itsDataIsOnTheVolumeWhichHasRoomForIt() throws IOException {
            Settings settings = read(Files.writeString(
                            folder.resolve("relay.properties"),
                            object("ConfigMap").at("/data/relay.properties").asText()))
                    .settings();
            JsonNode claim = object("StatefulSet").at("/spec/volumeClaimTemplates/0");
            JsonNode mount = StreamSupport.stream(container.path("volumeMounts").spliterator(), false)
                    .filter(one -> one.path("name").equals(claim.at("/metadata/name")))
                    .findFirst()
                    .orElseThrow();
            assertThat(settings.data())
                    .contains(DATA)
                    .contains(Path.of(mount.path("mountPath").asText()));
            assertThat(mount.path("readOnly").asBoolean()).isFalse();
            String room = claim.at("/spec/resources/requests/storage").asText();
            assertThat(room).endsWith("Gi");
            assertThat(Long.parseLong(room.replace("Gi", "")) << 30).isGreaterThanOrEqualTo(2 * settings.dataBytes());
            assertThat(pod.at("/securityContext/fsGroup")).isEqualTo(pod.at("/securityContext/runAsGroup"));
        }

        /** Whoever has an engine removes these lines: what is left can be read. */
        @Test
        void withoutTheLinesForDataItsSettingsFitAnEngine() throws IOException {
            String settings = object("ConfigMap").at("/data/relay.properties").asText();
            Path file = Files.writeString(
                    folder.resolve("relay.properties"), settings.replaceAll("(?m)^data(-bytes)? = .*\\R", ""));
            assertThat(new SettingsReader(Map.of("RELAY_ENGINE", "redis://engine"))
                            .read("--config", file.toString())
                            .orElseThrow()
                            .settings()
                            .data())
                    .isEmpty();
        }

        @Test
        void theServiceFindsThePodAndItsPort() {
            assertThat(object("Service").at("/spec/selector"))
                    .isEqualTo(object("StatefulSet").at("/spec/template/metadata/labels"))
                    .isEqualTo(object("StatefulSet").at("/spec/selector/matchLabels"));
            assertThat(object("Service").at("/spec/ports/0/targetPort")).isEqualTo(container.at("/ports/0/name"));
        }

        @Test
        void theUserIsThatOfTheImage() {
            assertThat(text("docker/Dockerfile"))
                    .contains("USER " + pod.at("/securityContext/runAsUser").asText() + ":");
            assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                    .isTrue();
        }

        private JsonNode object(String kind) {
            assertThat(objects).containsKey(kind);
            return objects.get(kind);
        }

        private static Map<String, JsonNode> objects() {
            Map<String, JsonNode> objects = new HashMap<>();
            try {
                new YAMLMapper()
                        .readerFor(JsonNode.class)
                        .<JsonNode>readValues(new YAMLFactory().createParser(text("kubernetes/relay.yaml")))
                        .forEachRemaining(
                                object -> objects.put(object.path("kind").asText(), object));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return objects;
        }
    }

    private static String[] flagsOfThePage() {
        try {
            Matcher command = Pattern.compile("^java (-XX.*) -jar target/relay\\.jar$", Pattern.MULTILINE)
                    .matcher(Files.readString(Path.of("src/site/markdown/performance.md")));
            assertThat(command.find())
                    .as("a command with JVM flags in performance.md")
                    .isTrue();
            return command.group(1).split(" ");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Settings defaults() {
        return new SettingsReader(Map.of()).read().orElseThrow().settings();
    }

    private static Configuration read(Path file) {
        return new SettingsReader(Map.of()).read("--config", file.toString()).orElseThrow();
    }

    private static String text(String file) {
        try {
            return Files.readString(DEPLOY.resolve(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
