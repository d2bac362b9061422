package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.RedisServer;
import relay.testing.RelayProcess;

/**
 * The README and its pages do what they say: their {@code sh} blocks run, in order and in one shell, against a relay on a port of its own;
 * the block that follows one with nothing in between is its output. Blocks that build are compared with the build instead. What goes
 * on, until somebody stops it, runs in the background; a block that begins as a stream does is what it has printed.
 */
class ReadmeIT {
    private static final Logger LOG = LoggerFactory.getLogger(ReadmeIT.class);
    private static final Path README = Path.of("README.md");
    private static final Path PAGES = Path.of("src", "site", "markdown");
    private static final Path FLAGS = PAGES.resolve("reference.md");
    private static final Path SEVERAL_RELAYS = PAGES.resolve("many-relays.md");
    private static final Path EVENTS = PAGES.resolve("events.md");
    private static final Path CI = Path.of(".ci", "run");
    private static final String JAR = "java -jar target/relay.jar";
    private static final String DEFAULT_PORT = "8000";
    private static final String OTHER_PORT = "8001";
    private static final String STREAM = ":\nretry: ";
    private static final String END = "=== end of snippet";

    /** Stands in for the client that the README names: comes back when it is connected, and goes on in the background. */
    private static final String CLIENT = """
            #!/bin/bash
            mkfifo client.in
            /usr/bin/python3 -u -m websockets "$1" <>client.in >client.out 2>&1 &
            echo $! >client.pid
            until grep -q 'Connected to' client.out; do sleep 0.05; done
            """;

    private record Block(String language, String text, boolean followsDirectly) {
        boolean isShell() {
            return List.of("sh", "bash", "shell").contains(language);
        }

        boolean builds() {
            return text.contains("./mvnw");
        }

        boolean startsTheRelay() {
            return text.contains(JAR);
        }

        /** Goes on until somebody stops it: in a terminal of its own. */
        boolean goesOn() {
            return runs() && text.startsWith("curl -N ") && !text.contains("--max-time");
        }

        boolean runs() {
            return isShell() && !builds() && !startsTheRelay();
        }
    }

    @TempDir
    private Path directory;

    @Test
    void theSnippetsRunAndPrintWhatItSays() throws Exception {
        List<Block> blocks = new ArrayList<>();
        for (Path document : documents()) {
            if (!List.of(SEVERAL_RELAYS, EVENTS).contains(document)) {
                blocks.addAll(blocksOf(document));
            }
        }
        try (RelayProcess relay = RelayProcess.start("--port", "0")) {
            check(blocks, Map.of(DEFAULT_PORT, String.valueOf(relay.port())));
        }
    }

    @Test
    void theSnippetsOnSeveralRelaysRunAndPrintWhatItSays() throws Exception {
        try (RedisServer engine = RedisServer.start();
                RelayProcess relay = RelayProcess.start("--port", "0", "--engine", engine.url());
                RelayProcess other = RelayProcess.start("--port", "0", "--engine", engine.url())) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                assertThat(relay.api().get("/ready").status()).isEqualTo(200);
                assertThat(other.api().get("/ready").status()).isEqualTo(200);
            });
            check(
                    blocksOf(SEVERAL_RELAYS),
                    Map.of(DEFAULT_PORT, String.valueOf(relay.port()), OTHER_PORT, String.valueOf(other.port())));
        }
    }

    @Test
    void theSnippetsOnEventsRunAndTheReceiverPrintsWhatItSays() throws Exception {
        List<Block> blocks = blocksOf(EVENTS);
        String printed = blocks.stream()
                .map(Block::text)
                .filter(text -> text.startsWith("{\"id\":"))
                .findFirst()
                .orElseThrow();
        String secret = Files.writeString(directory.resolve("hook-secret"), "whsec_" + "c2VjcmV0".repeat(4) + "\n")
                .toString();
        try (RelayProcess receiver = RelayProcess.start("hook", "--port", "0", "--secret-file", secret)) {
            Pattern where = Pattern.compile("--hook (http://\\S+)");
            await().until(() -> where.matcher(receiver.err()).find());
            String url = where.matcher(receiver.err())
                    .results()
                    .findFirst()
                    .orElseThrow()
                    .group(1);
            try (RelayProcess relay = RelayProcess.start("--port", "0", "--hook", url, "--hook-secret-file", secret)) {
                List<Block> snippets = blocks.stream().filter(Block::runs).toList();
                run(snippets, Map.of(DEFAULT_PORT, String.valueOf(relay.port())), () -> {});
                await().untilAsserted(
                                () -> assertThat(withoutTimes(receiver.out())).isEqualTo(withoutTimes(printed)));
            }
        }
    }

    private static String withoutTimes(String events) {
        return normal(events)
                .replaceAll("\"id\":\"[0-9a-f]{16}-[0-9a-f]{8}\"", "<event id>")
                .replaceAll("\"id\":\"[0-9a-f]{8}\"", "<client>")
                .replaceAll("\"timestamp\":\"[^\"]+\"", "<time>");
    }

    /** @param ports what stands for each port that the pages name */
    private void check(List<Block> blocks, Map<String, String> ports) throws Exception {
        List<Block> snippets = blocks.stream().filter(Block::runs).toList();
        assertThat(snippets).as("snippets").isNotEmpty();
        List<String> outputs = run(snippets, ports, () -> checkThatTheClientReceived(snippets));
        int outputsCompared = 0;
        for (int i = 1; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            Block before = blocks.get(i - 1);
            if (block.text().startsWith(STREAM)) {
                checkThatTheStreamShows(block);
                outputsCompared++;
            } else if (block.followsDirectly() && !block.isShell() && before.runs()) {
                assertThat(normal(outputs.get(snippets.indexOf(before))))
                        .as("output of %s", before.text())
                        .isEqualTo(normal(withPorts(block.text(), ports)));
                outputsCompared++;
            } else if (!block.isShell()) {
                LOG.warn(
                        "a {} block that is not run: {}",
                        block.language(),
                        block.text().strip());
            }
        }
        assertThat(outputsCompared).as("outputs").isPositive();
    }

    private static String withPorts(String text, Map<String, String> ports) {
        String result = text;
        for (Map.Entry<String, String> port : ports.entrySet()) {
            result = result.replace(port.getKey(), port.getValue());
        }
        return result;
    }

    @Test
    void itBuildsStartsAndChecksAsTheBuildDoes() throws IOException {
        List<String> commands = blocks().stream()
                .filter(Block::isShell)
                .filter(block -> block.builds() || block.startsTheRelay())
                .map(block -> block.text().strip())
                .toList();
        assertThat(RelayProcess.jar().toString()).endsWith("target/relay.jar");
        assertThat(commands).contains("./mvnw -q -DskipTests package && " + JAR, "./mvnw verify");
        assertThat(Files.readString(CI).lines()).contains("./mvnw verify");
        assertThat(commands)
                .allMatch(command -> command.matches("\\./mvnw( -q| -DskipTests)* (package|verify)( && " + JAR
                        + "( --[a-z-]+ \\S+)*)?|((echo \\S+|\\(printf whsec_; openssl rand -base64 32\\))"
                        + " > target/[a-z-]+\n)?" + JAR + "( config| hook)?( --[a-z-]+ \\S+)*"));
    }

    @Test
    void itsLinksLeadToFilesThatAreThere() throws IOException {
        for (Path document : documents()) {
            List<String> links = Pattern.compile("]\\((?!https?:)([^)#]+)")
                    .matcher(Files.readString(document))
                    .results()
                    .map(link -> link.group(1))
                    .toList();
            assertThat(links).as("links in %s", document).allMatch(link -> Files.exists(document.resolveSibling(link)));
        }
        assertThat(Files.readString(README))
                .contains(documents().stream()
                        .skip(1)
                        .map(page -> "](" + page.toString().replace('\\', '/') + ")")
                        .toList());
    }

    @Test
    void itsLinksLeadToHeadingsThatAreThere() throws IOException {
        int links = 0;
        for (Path document : documents()) {
            for (MatchResult link : Pattern.compile("]\\((?!https?:)([^)#]*)#([^)]+)\\)")
                    .matcher(Files.readString(document))
                    .results()
                    .toList()) {
                Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
                assertThat(anchors(target))
                        .as("headings of %s, for a link in %s", target, document)
                        .contains(link.group(2));
                links++;
            }
        }
        assertThat(links).isPositive();
    }

    /** How links name the headings of a page. */
    private static List<String> anchors(Path document) throws IOException {
        return Pattern.compile("^#+ (.+)$", Pattern.MULTILINE)
                .matcher(Files.readString(document))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-'))
                .toList();
    }

    @Test
    void itsFlagsDefaultsAndTheirMeaningsAreThoseOfHelp() throws IOException {
        Map<String, String> inPages = new TreeMap<>();
        Pattern.compile("^\\| `(--[a-z-]+)` \\| (.+?) \\| (.+?) \\|$", Pattern.MULTILINE)
                .matcher(Files.readString(FLAGS))
                .results()
                .forEach(row -> inPages.put(row.group(1), row.group(2).replace("`", "") + ": " + row.group(3)));
        assertThat(inPages).isNotEmpty().isEqualTo(flagsInHelp());
    }

    private static Map<String, String> flagsInHelp() {
        try (RelayProcess relay = RelayProcess.start("--help")) {
            assertThat(relay.exitStatus()).isZero();
            Map<String, String> flags = new TreeMap<>();
            String help = relay.out().replaceAll("\\R {8,}", " ");
            Pattern.compile("^ {6}(--[a-z-]+)(?:=\\S+)? +(.+?) \\(default: (.+?)\\)\\.$", Pattern.MULTILINE)
                    .matcher(help)
                    .results()
                    .forEach(flag -> flags.put(flag.group(1), flag.group(3) + ": " + flag.group(2)));
            assertThat(flags)
                    .hasSize(Math.toIntExact(help.lines()
                            .filter(line -> line.startsWith("      --"))
                            .count()));
            return flags;
        }
    }

    /**
     * What each snippet printed.
     *
     * @param check what is looked at before the programs that they have left running are ended
     */
    private List<String> run(List<Block> snippets, Map<String, String> ports, Runnable check) throws Exception {
        Path bin = Files.createDirectory(directory.resolve("bin"));
        Path client = Files.writeString(bin.resolve("websocat"), CLIENT);
        assertThat(client.toFile().setExecutable(true)).isTrue();
        Files.writeString(directory.resolve(".curlrc"), "silent\nshow-error\nfail-with-body\n");
        StringBuilder script = new StringBuilder("set -euo pipefail\n");
        snippets.forEach(
                snippet -> script.append(withPorts(snippet.goesOn() ? inTheBackground(snippet) : snippet.text(), ports))
                        .append("printf '\\n%s\\n' '")
                        .append(END)
                        .append("'\n"));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        Files.writeString(directory.resolve("script"), script).toString())
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("CURL_HOME", directory.toString());
        builder.environment().merge("PATH", bin.toString(), (path, shims) -> shims + ":" + path);
        Process bash = builder.start();
        try {
            assertThat(bash.waitFor(60, TimeUnit.SECONDS))
                    .as("the snippets end")
                    .isTrue();
            assertThat(bash.exitValue())
                    .as(() -> "exit status of the snippets, after " + read(out) + read(err))
                    .isZero();
            check.run();
        } finally {
            end(bash);
        }
        List<String> outputs = List.of(Pattern.compile("\n" + END + "\n").split(Files.readString(out), -1));
        assertThat(outputs).hasSize(snippets.size() + 1);
        return outputs;
    }

    private static String inTheBackground(Block snippet) {
        return "exec 3> stream.out; " + snippet.text().strip() + " >&3 2>&3 & echo $! >stream.pid; exec 3>&-\n"
                + "until grep -q retry stream.out; do sleep 0.05; done\n";
    }

    /** What other snippets publish later comes after it. */
    private void checkThatTheStreamShows(Block block) {
        assertThat(normal(read(directory.resolve("stream.out")))).startsWith(normal(block.text()));
    }

    /** Every message that a snippet publishes to cats arrives at the client that a snippet has opened. */
    private void checkThatTheClientReceived(List<Block> snippets) {
        Path received = directory.resolve("client.out");
        List<String> messages = snippets.stream()
                .flatMap(snippet -> Stream.of(
                                "\"topic\": ?\"cats\", ?\"message\": ?\"([^\"]+)\"",
                                "curl -d '([^']+)' '?\\S+/publish/cats(?![.\\w])")
                        .flatMap(form ->
                                Pattern.compile(form).matcher(snippet.text()).results())
                        .map(result -> result.group(1)))
                .toList();
        assertThat(messages).as("messages in the README").isNotEmpty();
        for (String message : messages) {
            await().untilAsserted(() -> assertThat(received).content().contains("< " + message));
        }
    }

    private void end(Process bash) throws Exception {
        bash.destroyForcibly().waitFor();
        for (String file : List.of("client.pid", "stream.pid")) {
            Path pid = directory.resolve(file);
            if (Files.exists(pid)) {
                ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                        .ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    private static String normal(String output) {
        return output.strip()
                .replaceAll("\\b[0-9a-f]{32}\\b", "<id>")
                .replaceAll("\\b[0-9a-f]{16}-\\d+\\b", "<message id>")
                .replaceAll("\\bretry: [12]\\d{3}\\b", "retry: <time>");
    }

    /** The README, then the pages that it links to. */
    private static List<Path> documents() throws IOException {
        try (Stream<Path> pages = Files.list(PAGES)) {
            return Stream.concat(
                            Stream.of(README),
                            pages.filter(page -> page.toString().endsWith(".md"))
                                    .sorted())
                    .toList();
        }
    }

    private static List<Block> blocks() throws IOException {
        List<Block> blocks = new ArrayList<>();
        for (Path document : documents()) {
            blocks.addAll(blocksOf(document));
        }
        return blocks;
    }

    private static List<Block> blocksOf(Path document) throws IOException {
        List<Block> blocks = new ArrayList<>();
        String text = Files.readString(document);
        int end = 0;
        for (MatchResult fence : Pattern.compile("^```(\\w*)\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(text)
                .results()
                .toList()) {
            boolean followsDirectly = text.substring(end, fence.start()).isBlank();
            blocks.add(new Block(fence.group(1).toLowerCase(Locale.ROOT), fence.group(2), followsDirectly));
            end = fence.end();
        }
        return blocks;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
