package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.MessageId;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.ExternalProgram;
import relay.testing.FaultyDisk;
import relay.testing.RelayProcess;
import relay.testing.SmallDisk;
import relay.testing.TestSocket;

/** Disks that are full, slow, broken, read-only or taken, under the jar. */
class DiskFaultsIT {
    private static final Logger LOG = LoggerFactory.getLogger(DiskFaultsIT.class);
    private static final Duration SLOW = Duration.ofMillis(200);
    private static final int KEEP_SECONDS = 600;
    private static final String LARGE = "x".repeat(20_000);
    /** Where these are in every format: behind the version is the checksum of what is before it. */
    private static final List<Integer> HEADER_COPIES_AT = List.of(0, 4096);

    private static final int VERSION_AT = 8;
    /** More than fits. */
    private static final int MOST_LARGE = 2_000;

    @Test
    void aFullDiskRefusesEverythingThatIsToBeStoredKeepsTheSocketsAndHealsWhenThereIsRoom() throws IOException {
        try (SmallDisk disk = SmallDisk.ofMegabytes(8)) {
            List<String> answered;
            Registered waiting;
            Registered doomed;
            try (RelayProcess relay = start(disk)) {
                Api api = relay.api();
                waiting = api.registerKept(2, KEEP_SECONDS, "cats");
                doomed = api.registerKept(3, KEEP_SECONDS, "cats");
                try (TestSocket socket = TestSocket.open(
                        api.registerKept(1, KEEP_SECONDS, "cats").url())) {
                    answered = new ArrayList<>(publishUntilRefused(api));
                    assertThat(socket.receive(answered.size())).isEqualTo(answered);
                    api.awaitReady(503);
                    assertRefused(api.post("/publish", "{\"topic\":\"cats\",\"message\":\"" + LARGE + "\"}"));
                    assertRefused(api.post("/register", "{\"user_id\":1}"));
                    assertRefused(api.delete("/register/" + doomed.id()));
                    assertThat(api.get("/health").status()).isEqualTo(200);
                    try (TestSocket other = TestSocket.open(waiting.url())) {
                        assertThat(other.receive(answered.size())).isEqualTo(answered);
                        socket.barrier();
                        assertThat(socket.isClosed()).isFalse();
                        disk.resizeToMegabytes(32);
                        api.awaitReady();
                        api.publish("cats", "there is room");
                        assertThat(List.of(socket.receive(), other.receive())).containsOnly("there is room");
                        answered.add("there is room");
                    }
                }
                assertThat(relay.out()).containsIgnoringCase("no space left");
                relay.kill();
                relay.exitStatus();
            }
            try (RelayProcess relay = start(disk);
                    TestSocket socket = TestSocket.open(url(relay, doomed))) {
                assertThat(socket.receive(answered.size())).isEqualTo(answered);
            }
        }
    }

    @Test
    void aRelayThatIsKilledOnAFullDiskStartsOnItServesWhatIsThereAndHeals() throws IOException {
        try (SmallDisk disk = SmallDisk.ofMegabytes(8)) {
            List<String> answered;
            Registered client;
            try (RelayProcess relay = start(disk)) {
                client = relay.api().registerKept(1, KEEP_SECONDS, "cats");
                answered = new ArrayList<>(publishUntilRefused(relay.api()));
                relay.kill();
                relay.exitStatus();
            }
            try (RelayProcess relay = start(disk);
                    TestSocket socket = TestSocket.open(url(relay, client))) {
                assertThat(socket.receive(answered.size())).isEqualTo(answered);
                answered.addAll(publishUntilRefused(relay.api()));
                disk.resizeToMegabytes(32);
                relay.api().awaitReady();
                relay.api().publish("cats", "there is room");
                relay.kill();
                relay.exitStatus();
            }
            try (RelayProcess relay = start(disk)) {
                String newest = relay.api().publishForId("cats", "last");
                answered.addAll(List.of("there is room", "last"));
                assertThat(MessageId.parse(newest).sequence()).isGreaterThanOrEqualTo(answered.size());
                try (TestSocket socket = TestSocket.open(url(relay, client) + "?after="
                        + new MessageId(MessageId.parse(newest).epoch(), 0))) {
                    assertThat(socket.receive(answered.size())).isEqualTo(answered);
                }
            }
        }
    }

    @Test
    void aSlowDiskDelaysNobodyButThoseWhoCatchUpFromIt(@TempDir Path folder) throws IOException {
        try (FaultyDisk disk = FaultyDisk.at(folder);
                RelayProcess relay = start(disk, folder, "--history-bytes=64KiB", "--history-messages=100000")) {
            Api api = relay.api();
            List<Registered> late = IntStream.range(0, 20)
                    .mapToObj(i -> api.registerKept(i, KEEP_SECONDS, "cats"))
                    .toList();
            List<String> past = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                past.add(i + LARGE);
                api.publish("cats", past.get(i));
            }
            try (TestSocket prompt = TestSocket.open(api.register(99, "dogs").url())) {
                disk.readsTake(SLOW);
                List<TestSocket> catchingUp =
                        late.stream().map(one -> TestSocket.open(one.url())).toList();
                long slowest = 0;
                for (int i = 0; i < 100; i++) {
                    long beganAt = System.nanoTime();
                    api.publish("dogs", "meanwhile " + i);
                    assertThat(prompt.receive()).isEqualTo("meanwhile " + i);
                    slowest = Math.max(slowest, System.nanoTime() - beganAt);
                }
                long behind = catchingUp.stream()
                        .filter(socket -> socket.waiting() < past.size())
                        .count();
                LOG.warn(
                        "100 publishes, the slowest in {} ms; then {} of {} clients still caught up from a disk with {} a read",
                        TimeUnit.NANOSECONDS.toMillis(slowest),
                        behind,
                        catchingUp.size(),
                        SLOW);
                assertThat(behind)
                        .as("clients that waited for the disk all the while")
                        .isPositive();
                for (TestSocket socket : catchingUp) {
                    assertThat(socket.receive(past.size())).isEqualTo(past);
                    socket.close();
                }
            }
        }
    }

    @Test
    void aSyncThatFailsIsFinalUntilTheNextStart(@TempDir Path folder) throws IOException {
        try (FaultyDisk disk = FaultyDisk.at(folder)) {
            Registered client;
            try (RelayProcess relay = start(disk, folder)) {
                Api api = relay.api();
                client = api.registerKept(1, KEEP_SECONDS, "cats");
                try (TestSocket socket = TestSocket.open(client.url())) {
                    api.publish("cats", "before");
                    assertThat(socket.receive()).isEqualTo("before");
                    disk.syncsFail(true);
                    assertRefused(api.post("/publish", "{\"topic\":\"cats\",\"message\":\"not stored\"}"));
                    api.awaitReady(503);
                    // The disk seems well again, and that is no reason to believe it.
                    disk.syncsFail(false);
                    for (int i = 0; i < 10; i++) {
                        assertRefused(api.post("/publish", "{\"topic\":\"cats\",\"message\":\"not stored\"}"));
                        assertRefused(api.post("/register", "{\"user_id\":1}"));
                    }
                    assertThat(api.get("/ready").status()).isEqualTo(503);
                    socket.barrier();
                    assertThat(socket.received()).isEmpty();
                    assertThat(socket.isClosed()).isFalse();
                }
                relay.kill();
                relay.exitStatus();
            }
            try (RelayProcess relay = start(disk, folder);
                    TestSocket socket = TestSocket.open(url(relay, client))) {
                relay.api().publish("cats", "after");
                String text = socket.receive();
                while (!text.equals("after")) {
                    // What was refused may be there all the same: its publisher was told that this is not known.
                    assertThat(text).isIn("before", "not stored");
                    text = socket.receive();
                }
            }
        }
    }

    /** What is written to a file without a name is gone with the process, and no error tells of it. */
    @Test
    void aRelayWhoseDirectoryIsDeletedSaysSo(@TempDir Path folder) {
        try (RelayProcess relay = RelayProcess.start("--port=0", "--data=" + folder.resolve("data"))) {
            Api api = relay.api();
            api.publish("cats", "1");
            ExternalProgram.run("/bin/rm", "-r", folder.resolve("data").toString());
            api.awaitReady(503);
            assertRefused(api.post("/publish", "{\"topic\":\"cats\",\"message\":\"2\"}"));
            assertThat(relay.out()).contains("it is not there any more");
        }
    }

    @Test
    void aDirectoryThatCannotBeUsedEndsTheStartWithStatusTwoAndOneLine(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("file"), "");
        assertRefusesToStart(folder.resolve("file"));
        assertRefusesToStart(folder.resolve("file").resolve("below"));
        assertRefusesToStart(Path.of("/proc/relay"));
        try (SmallDisk disk = SmallDisk.ofMegabytes(8)) {
            Files.createDirectory(disk.directory().resolve("empty"));
            try (RelayProcess relay = start(disk)) {
                relay.api().publish("cats", "there");
            }
            disk.makeReadOnly();
            assertRefusesToStart(disk.directory().resolve("data"));
            assertRefusesToStart(disk.directory().resolve("empty"));
            assertRefusesToStart(disk.directory().resolve("new"));
        }
    }

    @Test
    void aSecondProcessOnADirectoryDoesNotStartAndTheFirstGoesOn(@TempDir Path folder) {
        try (RelayProcess first = RelayProcess.start("--port=0", "--data=" + folder)) {
            first.api().publish("cats", "1");
            assertRefusesToStart(folder);
            first.api().publish("cats", "2");
        }
        try (RelayProcess next = RelayProcess.start("--port=0", "--data=" + folder)) {
            assertThat(next.api().publishForId("cats", "3")).endsWith("-3");
        }
    }

    @Test
    void aDirectoryOfANewerFormatIsLeftAsItIs(@TempDir Path folder) throws IOException {
        try (RelayProcess relay = RelayProcess.start("--port=0", "--data=" + folder)) {
            relay.api().publish("cats", "1");
        }
        Path segment;
        try (Stream<Path> files = Files.list(folder)) {
            segment = files.filter(file -> !file.endsWith("lock")).findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(segment);
        byte[] newer = bytes.clone();
        for (int copy : HEADER_COPIES_AT) {
            ByteBuffer header = ByteBuffer.wrap(newer).position(copy).slice();
            header.putInt(VERSION_AT, header.getInt(VERSION_AT) + 1);
            CRC32C checksum = new CRC32C();
            checksum.update(header.slice(0, VERSION_AT + Integer.BYTES));
            header.putInt(VERSION_AT + Integer.BYTES, (int) checksum.getValue());
        }
        Files.write(segment, newer);
        assertRefusesToStart(folder);
        assertThat(Files.readAllBytes(segment)).isEqualTo(newer);
        Files.write(segment, bytes);
        try (RelayProcess relay = RelayProcess.start("--port=0", "--data=" + folder)) {
            assertThat(relay.api().publishForId("cats", "2")).endsWith("-2");
        }
    }

    private static void assertRefusesToStart(Path directory) {
        try (RelayProcess relay = RelayProcess.start("--port=0", "--data=" + directory)) {
            assertThat(relay.exitStatus()).as(relay.out() + relay.err()).isEqualTo(2);
            assertThat((relay.out() + relay.err()).lines().filter(line -> !line.contains("descriptors")))
                    .singleElement()
                    .asString()
                    .contains(directory.toString());
        }
    }

    private static RelayProcess start(FaultyDisk disk, Path folder, String... flags) {
        return RelayProcess.start(
                disk.environment(),
                Stream.concat(Stream.of("--port=0", "--data=" + folder), Stream.of(flags))
                        .toArray(String[]::new));
    }

    private static RelayProcess start(SmallDisk disk) {
        return RelayProcess.start(
                "--port=0", "--data=" + disk.directory().resolve("data"), "--history-messages=100000");
    }

    private static String url(RelayProcess relay, Registered client) {
        return "ws://127.0.0.1:" + relay.port() + "/ws/" + client.id();
    }

    private static List<String> publishUntilRefused(Api api) {
        List<String> answered = new ArrayList<>();
        for (int i = 0; i < MOST_LARGE; i++) {
            String text = i + LARGE;
            Answer answer = api.post("/publish", "{\"topic\":\"cats\",\"message\":\"" + text + "\"}");
            if (answer.status() != 200) {
                assertRefused(answer);
                return answered;
            }
            answered.add(text);
        }
        throw new AssertionError("the disk does not fill");
    }

    private static void assertRefused(Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isNotEmpty();
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }
}
