package relay.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs {@code ./mvnw} with a PATH on which nothing but the shell's own tools are real: {@code mvn}, {@code curl} and
 * {@code wget} are small scripts, and what they fetch is a tiny distribution that was packed here. No network.
 */
class MavenWrapperTest {
    private static final String PINNED = "apache-maven-3.9.99";
    private static final String URL = "https://example.org/dist/" + PINNED + "-bin.tar.gz";
    private static final List<String> REAL_TOOLS =
            List.of("cut", "dirname", "gzip", "head", "mkdir", "mktemp", "mv", "rm", "sed", "sha512sum", "tar", "tr");

    @TempDir
    private Path temp;

    private Path project;
    private Path bin;
    private Path userHome;
    private Path distribution;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void layOut() throws Exception {
        project = Files.createDirectories(temp.resolve("a project"));
        bin = Files.createDirectories(temp.resolve("bin"));
        userHome = temp.resolve("user home");
        Files.copy(Path.of("mvnw"), project.resolve("mvnw"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String tool : REAL_TOOLS) {
            script(bin.resolve(tool), "exec " + onThePath(tool) + " \"$@\"");
        }
        distribution = packDistribution();
        pin(URL, sha512(distribution));
        environment.put("PATH", bin.toString());
        environment.put("HOME", temp.resolve("home").toString());
        environment.put("MAVEN_USER_HOME", userHome.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.8.1", "3.8.7", "3.9.16", "3.10.0", "4.0.0-rc-4", "10.1"})
    void installedMavenOfAtLeast38IsUsed(String version) throws Exception {
        installMaven("Apache Maven " + version + " (b89d5959)");

        Result result = mvnw("verify");

        assertThat(result.exit()).isZero();
        assertThat(result.output()).containsExactly("installed", "<-Dstyle.color=never>", "<verify>");
    }

    @Test
    void versionIsReadThroughItsColours() throws Exception {
        installMaven("\033[1mApache Maven 3.8.7\033[m");

        assertThat(mvnw("verify").output()).startsWith("installed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.6.3", "3.7.10", "2.9.9", "3.0"})
    void olderMavenIsPassedOverForThePinnedOne(String version) throws Exception {
        installMaven("Apache Maven " + version);
        installCurl();

        Result result = mvnw("verify");

        assertThat(result.exit()).isZero();
        assertThat(result.output()).containsExactly("pinned", "<-Dstyle.color=never>", "<verify>");
    }

    @Test
    void mavenThatDoesNotTellItsVersionIsPassedOver() throws Exception {
        script(bin.resolve("mvn"), "echo 'JAVA_HOME is not set' >&2; exit 1");
        installCurl();

        assertThat(mvnw("verify").output()).startsWith("pinned");
    }

    @Test
    void pinnedMavenIsFetchedWhereNoneIsInstalled() throws Exception {
        installCurl();

        Result result = mvnw("verify");

        assertThat(result.error()).isEmpty();
        assertThat(result.output()).startsWith("pinned");
        assertThat(fetched()).singleElement().asString().endsWith(" " + URL);
    }

    @Test
    void wgetDoesWhereCurlIsMissing() throws Exception {
        installFetcher("wget", "-O");

        assertThat(mvnw("verify").output()).startsWith("pinned");
    }

    @Test
    void cachedVersionIsNotFetchedAgain() throws Exception {
        installCurl();
        mvnw("verify");

        Result result = mvnw("verify");

        assertThat(result.output()).startsWith("pinned");
        assertThat(fetched()).hasSize(1);
        assertThat(cached()).singleElement().asString().startsWith(PINNED + "-");
    }

    @Test
    void cacheIsInTheHomeDirectoryUnlessToldOtherwise() throws Exception {
        environment.remove("MAVEN_USER_HOME");
        installCurl();

        mvnw("verify");

        assertThat(temp.resolve("home/.m2/wrapper/dists")).isNotEmptyDirectory();
    }

    @Test
    void wrongChecksumIsRefused() throws Exception {
        String wrong = "0".repeat(128);
        pin(URL, wrong);
        installCurl();

        Result result = mvnw("verify");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.output()).isEmpty();
        assertThat(result.error())
                .singleElement()
                .asString()
                .startsWith("mvnw: " + URL + " has the SHA-512 ")
                .contains(wrong);
        assertThat(cached()).isEmpty();
    }

    @Test
    void missingChecksumIsRefused() throws Exception {
        pin(URL, "");
        installCurl();

        Result result = mvnw("verify");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.output()).isEmpty();
    }

    @Test
    void anotherPinIsFetchedAnew() throws Exception {
        installCurl();
        mvnw("verify");
        pin(URL, "0".repeat(128));

        assertThat(mvnw("verify").exit()).isEqualTo(1);
        assertThat(fetched()).hasSize(2);
    }

    @Test
    void failedFetchIsToldAndLeavesNothingBehind() throws Exception {
        script(bin.resolve("curl"), "exit 22");

        Result result = mvnw("verify");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.error()).containsExactly("mvnw: could not fetch " + URL);
        assertThat(cached()).isEmpty();
    }

    @Test
    void withNothingToFetchWithItSaysSo() throws Exception {
        Result result = mvnw("verify");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.error())
                .containsExactly("mvnw: found no Maven of at least 3.8, and neither curl nor wget to fetch one with");
    }

    @Test
    void plainHttpIsRefused() throws Exception {
        pin("http://example.org/" + PINNED + "-bin.tar.gz", sha512(distribution));
        installCurl();

        Result result = mvnw("verify");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.error()).singleElement().asString().endsWith("is not an https address");
        assertThat(fetched()).isEmpty();
    }

    @Test
    void repositoryOfOnesOwnIsAskedInstead() throws Exception {
        environment.put("MVNW_REPOURL", "https://mirror.example.org/maven/");
        installCurl();

        assertThat(mvnw("verify").output()).startsWith("pinned");
        assertThat(fetched())
                .singleElement()
                .asString()
                .endsWith(" https://mirror.example.org/maven/org/apache/maven/apache-maven/3.9.99/" + PINNED
                        + "-bin.tar.gz");
    }

    @Test
    void argumentsArriveAsTheyWereGiven() throws Exception {
        installMaven("Apache Maven 3.9.16");

        Result result = mvnw("-Dname=two words", "", "*", "$HOME");

        assertThat(result.output())
                .containsExactly("installed", "<-Dstyle.color=never>", "<-Dname=two words>", "<>", "<*>", "<$HOME>");
    }

    @Test
    void exitCodeIsThatOfMaven() throws Exception {
        script(bin.resolve("mvn"), "[ \"$1\" = --version ] && { echo Apache Maven 3.8.7; exit; }; exit 7");

        assertThat(mvnw("verify").exit()).isEqualTo(7);
    }

    @Test
    void calledFromAnotherDirectoryItFindsItsOwnFiles() throws Exception {
        installCurl();
        Path elsewhere = Files.createDirectories(temp.resolve("else where"));

        assertThat(run(elsewhere, List.of("../a project/mvnw", "verify")).output())
                .startsWith("pinned");
    }

    @Test
    void pinIsApachesArchiveWithAChecksum() throws Exception {
        assertThat(Files.readAllLines(Path.of(".mvn/wrapper/maven-wrapper.properties")))
                .anySatisfy(line -> assertThat(line)
                        .matches("distributionUrl=https://archive\\.apache\\.org/dist/maven/maven-3/([0-9.]+)"
                                + "/binaries/apache-maven-\\1-bin\\.tar\\.gz"))
                .anySatisfy(line -> assertThat(line).matches("distributionSha512Sum=[0-9a-f]{128}"));
    }

    private record Result(int exit, List<String> output, List<String> error) {}

    private Result mvnw(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(project.resolve("mvnw").toString()));
        command.addAll(List.of(arguments));
        return run(project, command);
    }

    private Result run(Path directory, List<String> command) throws Exception {
        File output = temp.resolve("output").toFile();
        File error = temp.resolve("error").toFile();
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(output)
                .redirectError(error);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running: " + command);
        }
        return new Result(process.exitValue(), Files.readAllLines(output.toPath()), Files.readAllLines(error.toPath()));
    }

    private void pin(String url, String sha512) throws IOException {
        Path properties = project.resolve(".mvn/wrapper/maven-wrapper.properties");
        Files.createDirectories(properties.getParent());
        Files.writeString(properties, "distributionUrl=" + url + "\ndistributionSha512Sum=" + sha512 + "\n");
    }

    private void installMaven(String firstLine) throws IOException {
        script(
                bin.resolve("mvn"),
                "if [ \"$1\" = --version ]; then echo '" + firstLine + "'; exit; fi",
                "echo installed",
                "for argument; do echo \"<$argument>\"; done");
    }

    private void installCurl() throws IOException {
        installFetcher("curl", "-o");
    }

    /** A program that notes what it was called with and "fetches" the distribution to the file after the option. */
    private void installFetcher(String name, String option) throws IOException {
        script(
                bin.resolve(name),
                "echo \"$@\" >> '" + temp.resolve("fetched") + "'",
                "while [ \"$1\" != " + option + " ]; do shift; done",
                onThePath("cp") + " '" + distribution + "' \"$2\"");
    }

    private List<String> fetched() throws IOException {
        Path log = temp.resolve("fetched");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private List<String> cached() throws IOException {
        try (Stream<Path> files = Files.list(userHome.resolve("wrapper/dists"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private Path packDistribution() throws Exception {
        Path packed = temp.resolve("distribution.tar.gz");
        Path maven = temp.resolve("packed").resolve(PINNED).resolve("bin/mvn");
        Files.createDirectories(maven.getParent());
        script(maven, "echo pinned", "for argument; do echo \"<$argument>\"; done");
        environment.put("PATH", bin.toString());
        Result result = run(
                temp,
                List.of(
                        bin.resolve("tar").toString(),
                        "-czf",
                        packed.toString(),
                        "-C",
                        temp.resolve("packed").toString(),
                        PINNED));
        assertThat(result.error()).isEmpty();
        return packed;
    }

    private static void script(Path file, String... lines) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Path onThePath(String tool) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + tool + " on the PATH"));
    }

    private static String sha512(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(file)));
    }
}
