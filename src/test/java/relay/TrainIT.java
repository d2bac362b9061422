package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api;
import relay.testing.RelayProcess;
import relay.testing.TestSocket;

/** {@code train} and what the JVM makes of it, with the Java that runs the tests. */
class TrainIT {
    private static final boolean AOT = Runtime.version().feature() >= 25;

    @TempDir
    private Path folder;

    @Test
    void aRelayLoadsItsClassesFromTheCacheOfOneThatWasTrained() throws IOException {
        Path cache = folder.resolve("cache");
        String output = AOT ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=";
        try (RelayProcess train =
                RelayProcess.startWithoutArchive(List.of(output + cache), "train", "--duration", "200ms")) {
            assertThat(train.exitStatus()).as(train.out() + train.err()).isZero();
            assertThat(train.err()).containsOnlyOnce("train: done").doesNotContain("ended with status");
        }
        assertThat(Files.size(cache)).isPositive();

        String input = AOT ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=";
        Path log = folder.resolve("classes");
        try (RelayProcess relay = RelayProcess.startWithoutArchive(
                List.of(input + cache, "-Xlog:class+load=info:file=" + log), "--port", "0")) {
            Api api = relay.api();
            try (TestSocket socket = TestSocket.open(api.register(1).url())) {
                assertThat(api.publish("cats", "are awesome")).isEqualTo(1);
                assertThat(socket.receive()).isEqualTo("are awesome");
            }
        }
        assertThat(Files.readAllLines(log))
                .anySatisfy(line -> assertThat(line).contains(" relay.fanout.Batch source: shared objects file"));
    }
}
