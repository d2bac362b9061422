package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.engine.disk.DiskInspection;
import relay.engine.disk.DiskInspection.SegmentFigures;
import relay.message.InvalidInputException;
import relay.testing.Api;
import relay.testing.Scrape;
import relay.testing.TestJson;

/** {@code java -jar relay.jar data}. */
class DataCommandTest {
    private static final int HEADER_BYTES = 8192;
    private static final int HEADER_COPY_BYTES = 4096;

    @TempDir
    private Path data;

    private record Said(int status, String out) {}

    @Test
    void whatIsStoredIsPrintedWhileARelayRunsAndAfterIt() {
        String newest;
        try (TestRelay relay = start()) {
            relay.api().publish("cats", "are awesome");
            newest = relay.api()
                    .send("POST", "/publish/cats", "really are", "Idempotency-Key", "order-4711")
                    .json()
                    .path("id")
                    .asText();
            assertThat(data().out())
                    .startsWith(data + "\n")
                    .containsPattern(
                            "(?m)^last used +by process \\d+ with --data-sync=batch, which is running, or was killed$");
        }
        Said said = data();
        assertThat(said.status()).isZero();
        assertThat(said.out())
                .containsPattern("(?m)^last used .* which was stopped$")
                .containsPattern("(?m)^newest message +" + newest + "$")
                .containsPattern("(?m)^messages +2$")
                .containsPattern("(?m)^size +8\\.\\d KiB in 1 segment$")
                .containsPattern("(?m)^idempotency keys +1$")
                .containsPattern("(?m)^\\d{19}\\.log .* 2 +1 +2 +20")
                .endsWith("No damage.\n");
        JsonNode json = TestJson.parse(data("--json").out());
        assertThat(newest)
                .isEqualTo(json.path("epoch").asText() + "-"
                        + json.path("newest_sequence").asText());
        assertThat(json.path("last_run").path("stopped").asBoolean()).isTrue();
        assertThat(json.path("messages").asLong()).isEqualTo(2);
        assertThat(json.path("segments").path(0).path("last_sequence").asLong()).isEqualTo(2);
        assertThat(json.path("idempotency_keys").asInt()).isEqualTo(1);
        assertThat(json.path("damage")).isEmpty();
    }

    @Test
    void registrationsAreCountedAndTheirIdsAreNotShown() {
        String id;
        try (TestRelay relay = start()) {
            relay.api().registerKept(7, 60, "cats", "dogs");
            id = relay.api().registerKept(7, 60, "cats").id();
        }
        assertThat(data().out()).containsPattern("(?m)^registrations +2$").doesNotContain(id.substring(0, 8));
        String json = data("--json").out();
        assertThat(json).doesNotContain(id.substring(0, 8));
        assertThat(TestJson.parse(json).path("registrations").asInt()).isEqualTo(2);
    }

    @Test
    void retainedValuesAreCounted() {
        DiskInspection found = new DiskInspection(
                Optional.empty(),
                List.of(),
                List.of(new SegmentFigures("0.log", 1, 1, 1, 1, Instant.EPOCH, Instant.EPOCH)),
                1,
                2,
                3,
                4,
                List.of(),
                0);
        DataReport report = new DataReport(data, found);
        assertThat(printed(report::print)).containsPattern("(?m)^retained values +4$");
        JsonNode json = TestJson.parse(printed(report::printJson));
        assertThat(json.path("retained_values").asInt()).isEqualTo(4);
        assertThat(json.path("idempotency_keys").asInt()).isEqualTo(3);
    }

    private static String printed(Consumer<PrintStream> report) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        report.accept(new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void damageIsSaidAndIsStatus1() throws IOException {
        store("one", "two", "three");
        byte[] bytes = Files.readAllBytes(segment());
        int middle = HEADER_BYTES + (bytes.length - HEADER_BYTES) / 2;
        bytes[middle] ^= 1;
        Files.write(segment(), bytes);
        Said said = data();
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.out())
                .contains("\nDamage:\n  " + segment().getFileName() + ", ")
                .endsWith(": the messages after 1 up to 2 are lost\n");
        JsonNode damage = TestJson.parse(data("--json").out()).path("damage").path(0);
        assertThat(damage.path("file").asText())
                .isEqualTo(segment().getFileName().toString());
        assertThat(damage.path("after").asLong()).isEqualTo(1);
        assertThat(damage.path("through").asLong()).isEqualTo(2);
        assertThat(damage.path("at").asLong()).isBetween((long) HEADER_BYTES, (long) middle);
    }

    @Test
    void whatACrashLeavesAtTheEndIsNoDamage() throws IOException {
        store("one", "two");
        byte[] bytes = Files.readAllBytes(segment());
        Files.write(segment(), Arrays.copyOf(bytes, bytes.length - 3));
        Said said = data();
        assertThat(said.status()).isZero();
        assertThat(said.out())
                .containsPattern("\nThe last \\d+ bytes are no whole record: .* a start cuts them off\\.\n")
                .endsWith("No damage.\n")
                .containsPattern("(?m)^messages +1$");
    }

    @Test
    void nothingIsChanged() throws IOException {
        store("one", "two");
        byte[] bytes = Files.readAllBytes(segment());
        bytes[HEADER_BYTES + 20] ^= 1;
        Files.write(segment(), bytes);
        for (boolean backup : new boolean[] {false, true}) {
            if (backup) {
                Files.delete(data.resolve("lock"));
            }
            Map<String, String> before = contents();
            data();
            assertThat(contents()).isEqualTo(before);
        }
    }

    @Test
    void whatIsNotTheRelaysIsLeftOut() throws IOException {
        Files.createDirectory(data.resolve("lost+found"));
        Files.writeString(data.resolve("notes.log"), "are awesome");
        Said said = data();
        assertThat(said).isEqualTo(new Said(0, data + " holds no data of a relay\n"));
        assertThat(TestJson.parse(data("--json").out()).path("segments")).isEmpty();
    }

    @Test
    void aNewerFormatIsRefused() throws IOException {
        store("one");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment()));
        for (int copy = 0; copy < HEADER_BYTES; copy += HEADER_COPY_BYTES) {
            bytes.putInt(copy + Long.BYTES, 1000);
            CRC32C checksum = new CRC32C();
            checksum.update(bytes.array(), copy, Long.BYTES + Integer.BYTES);
            bytes.putInt(copy + Long.BYTES + Integer.BYTES, (int) checksum.getValue());
        }
        Files.write(segment(), bytes.array());
        assertThatThrownBy(this::data)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(data.toString(), "newer relay", "1000")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--json", "$/nowhere", "$/file", "$ $", "--data $", "$ --port 1", "$/a\0b"})
    void aWrongCallIsRefusedInOneLine(String arguments) throws IOException {
        Files.writeString(data.resolve("file"), "");
        String[] words = arguments.replace("$", data.toString()).split(" ", -1);
        assertThatThrownBy(() -> command(words))
                .isInstanceOfAny(ParameterException.class, InvalidInputException.class)
                .message()
                .hasLineCount(1);
    }

    @Test
    void itsHelpSaysWhatTheStatusesMean() {
        Said said = command("--help");
        assertThat(said.status()).isZero();
        assertThat(said.out()).contains("java -jar relay.jar data DIR [--json]", "Exit status: 0; 1 if");
    }

    @Test
    void theMetricsOfADirectoryAreThoseOfWhatIsInIt() {
        try (TestRelay relay = start()) {
            relay.api().publish("cats", "are awesome");
            await().untilAsserted(() -> {
                Scrape scrape = Scrape.of(relay.api());
                JsonNode json = TestJson.parse(data("--json").out());
                assertThat(scrape.value("relay_data_bytes"))
                        .isEqualTo(json.path("bytes").asDouble());
                assertThat(scrape.value("relay_data_messages")).isEqualTo(1);
                assertThat(scrape.value("relay_data_segments")).isEqualTo(1);
                assertThat(scrape.value("relay_data_retained_values")).isZero();
                assertThat(scrape.value("relay_data_up")).isEqualTo(1);
                assertThat(scrape.value("relay_data_limit_bytes")).isEqualTo(1 << 30);
                assertThat(scrape.value("relay_data_free_bytes")).isPositive();
                assertThat(scrape.value("relay_data_sync_seconds_count")).isPositive();
                assertThat(scrape.value("relay_data_group_messages_sum")).isEqualTo(1);
                assertThat(scrape.value("relay_data_recovery_seconds")).isPositive();
                assertThat(scrape.value("relay_data_damaged_ranges")).isZero();
            });
        }
        try (TestRelay relay = TestRelay.start()) {
            assertThat(Scrape.of(relay.api()).samples().keySet()).noneMatch(name -> name.startsWith("relay_data_"));
        }
    }

    private TestRelay start() {
        return TestRelay.start("--data", data.toString());
    }

    private void store(String... messages) {
        try (TestRelay relay = start()) {
            Api api = relay.api();
            Stream.of(messages).forEach(message -> api.publish("cats", message));
        }
    }

    private Path segment() throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** All files, with their times. */
    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(data)) {
            for (Path file : files.toList()) {
                contents.put(
                        file.toString(),
                        Files.getLastModifiedTime(file)
                                + new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    private Said data(String... flags) {
        return command(
                Stream.concat(Stream.of(data.toString()), Stream.of(flags)).toArray(String[]::new));
    }

    private static Said command(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int status = new DataCommand(new PrintStream(out, true, StandardCharsets.UTF_8), InstantSource.system())
                .run(arguments);
        return new Said(status, out.toString(StandardCharsets.UTF_8));
    }
}
