package relay.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A relay in a process of its own, from this program's own jar, on the loopback address. It ends with this program at the
 * latest. It gets none of the {@code RELAY_} variables: those configure a relay that others use, with its keys, its
 * certificate, its engine. For one thread.
 *
 * @param url where it listens
 */
record RelayProcess(Process process, URI url) {
    private static final String MAIN_CLASS = "relay.Main";
    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 5;
    private static final Pattern LISTENING = Pattern.compile("listening on (https?)://\\S+:(\\d+)");

    /**
     * Starts a relay and waits until it listens.
     *
     * @param machine flags of its virtual machine
     * @param port where it listens; 0: somewhere
     * @param flags its other flags
     * @throws IOException if it does not; the message is the last line of its log
     */
    static RelayProcess start(List<String> machine, int port, List<String> flags)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command(machine, port, flags)).redirectErrorStream(true);
        builder.environment().keySet().removeIf(variable -> variable.startsWith("RELAY_"));
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "bench-exit"));
        CompletableFuture<URI> url = new CompletableFuture<>();
        Thread log = new Thread(() -> readLog(process, url), "bench-relay-log");
        log.setDaemon(true);
        log.start();
        try {
            return new RelayProcess(process, url.get(START_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            String why =
                    Optional.ofNullable(e.getCause()).map(Throwable::getMessage).orElse("it took too long");
            throw new IOException("the relay did not start: " + why, e);
        }
    }

    /** Asks it to end, and kills it if it does not soon. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    private static List<String> command(List<String> machine, int port, List<String> flags) {
        String classPath = System.getProperty("java.class.path", "");
        boolean oneJar = classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator);
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(machine);
        command.addAll(oneJar ? List.of("-jar", classPath) : List.of("-cp", classPath, MAIN_CLASS));
        command.addAll(List.of("--host", "127.0.0.1", "--port", String.valueOf(port), "--log-level", "info"));
        command.addAll(List.of("--drain", "0s"));
        command.addAll(flags);
        return command;
    }

    /** The rest of the log is read only because a relay would block on a full pipe. */
    private static void readLog(Process process, CompletableFuture<URI> url) {
        String last = "it said nothing";
        try (BufferedReader log = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = log.readLine(); line != null; line = log.readLine()) {
                last = line;
                Matcher matcher = LISTENING.matcher(line);
                if (matcher.find()) {
                    url.complete(URI.create(matcher.group(1) + "://127.0.0.1:" + matcher.group(2)));
                }
            }
        } catch (IOException e) {
            last = String.valueOf(e.getMessage());
        }
        url.completeExceptionally(new IOException(last));
    }
}
