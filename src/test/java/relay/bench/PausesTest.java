package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import relay.testing.RelayProcess;

class PausesTest {
    @Test
    void aCollectionIsAPauseOfTheTimeInWhichItEnded() throws IOException {
        try (Pauses pauses = new Pauses()) {
            long before = System.currentTimeMillis();
            System.gc();
            long after = System.currentTimeMillis();

            assertThat(pauses.longestHere(before, after).orElseThrow())
                    .isPositive()
                    .isLessThanOrEqualTo(after - before + 1.0);
            assertThat(pauses.longestHere(after + 60_000, after + 120_000)).hasValue(0);
            assertThat(pauses.longestHere(before - 120_000, before - 60_000)).hasValue(0);
        }
    }

    @Test
    void anotherMachineThatHasTheFlagTellsItsOwn() throws Exception {
        try (Pauses pauses = new Pauses()) {
            assertThat(pauses.longestOfOthers(0, Long.MAX_VALUE)).isEmpty();
            Process other = new ProcessBuilder(
                            RelayProcess.java().toString(), pauses.flag(), "-XX:TieredStopAtLevel=1", "-version")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(other.waitFor()).as(said).isZero();
            assertThat(pauses.longestOfOthers(0, Long.MAX_VALUE)).isPresent();
        }
    }

    @Test
    void itsFilesGoWithIt() throws IOException {
        Pauses pauses = new Pauses();
        String flag = pauses.flag();
        Path folder = Path.of(flag.substring(flag.indexOf('/'), flag.lastIndexOf('/')));
        assertThat(folder).isNotEmptyDirectory();

        pauses.close();

        assertThat(Files.exists(folder)).isFalse();
        assertThat(openFiles()).noneMatch(file -> file.startsWith(folder.toString()));
    }

    private static List<String> openFiles() throws IOException {
        List<String> files = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.isSymbolicLink(descriptor)) {
                    files.add(Files.readSymbolicLink(descriptor).toString());
                }
            }
        }
        return files;
    }
}
