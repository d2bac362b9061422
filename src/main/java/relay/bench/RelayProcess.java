package relay.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A relay in a process of its own, from this program's own jar, on a free port of the loopback address. It ends with this
 * program at the latest. It gets none of the {@code RELAY_} variables: those configure a relay that others use, with its
 * keys, its certificate, its engine. For one thread.
 */
final class RelayProcess {
    private static final String MAIN_CLASS = "relay.Main";
    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 5;
    private static final Pattern LISTENING = Pattern.compile("listening on http://\\S+:(\\d+)");

    private final Process process;
    private final int port;

    private RelayProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a relay and waits until it listens.
     *
     * @throws IOException if it does not; the message is the last line of its log
     */
    static RelayProcess start() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(variable -> variable.startsWith("RELAY_"));
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "bench-exit"));
        CompletableFuture<Integer> port = new CompletableFuture<>();
        BenchThreads.start("relay-log", () -> readLog(process, port));
        try {
            return new RelayProcess(process, port.get(START_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IOException("the relay did not start: " + e.getMessage(), e);
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /** Asks it to end, and kills it if it does not soon. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    private static List<String> command() {
        String classPath = System.getProperty("java.class.path", "");
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        boolean oneJar = classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator);
        command.addAll(oneJar ? List.of("-jar", classPath) : List.of("-cp", classPath, MAIN_CLASS));
        command.addAll(List.of("--host", "127.0.0.1", "--port", "0", "--log-level", "info", "--drain", "0s"));
        return command;
    }

    /** The rest of the log is read only because a relay would block on a full pipe. */
    private static void readLog(Process process, CompletableFuture<Integer> port) {
        String last = "it said nothing";
        try (BufferedReader log = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = log.readLine(); line != null; line = log.readLine()) {
                last = line;
                Matcher matcher = LISTENING.matcher(line);
                if (matcher.find()) {
                    port.complete(Integer.valueOf(matcher.group(1)));
                }
            }
        } catch (IOException e) {
            last = String.valueOf(e.getMessage());
        }
        port.completeExceptionally(new IOException(last));
    }
}
