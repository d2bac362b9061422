package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that nobody here wrote, in a process of its own, which {@link #close} ends with all that it started. */
public final class ExternalProgram implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 60;

    private final Process process;
    private final Path output;

    private ExternalProgram(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** Starts a command with these environment variables beside our own. */
    public static ExternalProgram start(Map<String, String> environment, String... command) {
        try {
            Path output = Files.createTempFile("program", ".out");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(Redirect.to(output.toFile()));
            builder.environment().putAll(environment);
            return new ExternalProgram(builder.start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command to its end, which is to be a success; what it wrote. */
    public static String run(String... command) {
        try (ExternalProgram program = start(Map.of(), command)) {
            assertThat(program.exitStatus()).as(program.output()).isZero();
            return program.output();
        }
    }

    /** Sends a process a signal, such as STOP. */
    public static void signal(String name, long process) {
        run("/bin/kill", "-s", name, String.valueOf(process));
    }

    /** Fails in CI, and leaves the test out elsewhere, where a command that asks for a program does not succeed. */
    public static void require(String debianPackage, Map<String, String> environment, String... command) {
        boolean there = Files.isExecutable(Path.of(command[0])) && succeeds(environment, command);
        String message = "NOT TESTED: this test needs a client of others: apt-get install " + debianPackage;
        if ("true".equals(System.getenv("CI"))) {
            assertThat(there).as(message).isTrue();
        }
        assumeTrue(there, message);
    }

    private static boolean succeeds(Map<String, String> environment, String... command) {
        try (ExternalProgram program = start(environment, command)) {
            return program.exitStatus() == 0;
        }
    }

    /** All that it has written so far, errors included. */
    public String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for something that it brings about; fails as soon as it has ended without that. */
    public void awaitThat(Callable<Boolean> condition) {
        await().atMost(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .failFast(
                        "the program has ended",
                        () -> assertThat(process.isAlive()).as(output()).isTrue())
                .until(condition);
    }

    /** Gives it a line to read. */
    public void write(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends its input. */
    public void closeInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its exit status, waiting for its end. */
    public int exitStatus() {
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("it still runs: " + output());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(
                one -> one.onExit().orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join());
        try {
            Files.deleteIfExists(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
