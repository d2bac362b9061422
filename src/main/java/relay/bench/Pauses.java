package relay.bench;

import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * How long Java virtual machines stood still, by their own logs of safepoints, which they write into a folder until this is
 * closed: this one, and those that are started with {@link #flag}. A garbage collection stops a machine at a safepoint too. For
 * one thread.
 */
final class Pauses implements Closeable {
    private static final String THIS = "bench";
    private static final String OTHERS = "relay";

    /** 64 MiB for each machine, half a million pauses; then the oldest are lost. */
    private static final String SIZE = "filecount=3,filesize=16M";

    private static final Pattern PAUSE = Pattern.compile("\\[(\\d+)ms] Safepoint .* Total: +(\\d+) ns");
    private static final double NANOS_PER_MILLI = 1e6;

    private final Path folder;

    /** Begins to log those of this machine, where it can. */
    Pauses() throws IOException {
        folder = Files.createTempDirectory("relay-bench-");
        Runtime.getRuntime().addShutdownHook(new Thread(this::deleteAtExit, "bench-exit-logs"));
        log("what=safepoint=info", "decorators=timemillis", "output_options=" + SIZE);
    }

    /** The flag with which another machine logs its own. */
    String flag() {
        return "-Xlog:safepoint:file=" + folder.resolve(OTHERS + "-%p.log") + ":timemillis:" + SIZE;
    }

    /** The longest of this machine between two moments of the system's clock, in milliseconds; empty: it keeps no log. */
    OptionalDouble longestHere(long from, long to) throws IOException {
        return longest(THIS, from, to);
    }

    /** The longest of the other machines, likewise. */
    OptionalDouble longestOfOthers(long from, long to) throws IOException {
        return longest(OTHERS, from, to);
    }

    @Override
    public void close() throws IOException {
        log("what=all=off");
        if (Files.exists(folder)) {
            for (Path file : files("*")) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        }
    }

    /** For a run that is interrupted. */
    private void deleteAtExit() {
        try {
            close();
        } catch (IOException e) {
            // The system's own folder for temporary files is cleared by the system too, and nobody reads an error here.
            return;
        }
    }

    private OptionalDouble longest(String whose, long from, long to) throws IOException {
        List<Path> logs = files(whose + "*");
        if (logs.isEmpty()) {
            return OptionalDouble.empty();
        }
        double longest = 0;
        for (Path log : logs) {
            try (Stream<String> lines = Files.lines(log)) {
                longest = Math.max(
                        longest,
                        lines.map(PAUSE::matcher)
                                .filter(Matcher::lookingAt)
                                .filter(pause -> isWithin(Long.parseLong(pause.group(1)), from, to))
                                .mapToDouble(pause -> Double.parseDouble(pause.group(2)))
                                .max()
                                .orElse(0));
            }
        }
        return OptionalDouble.of(longest / NANOS_PER_MILLI);
    }

    private static boolean isWithin(long moment, long from, long to) {
        return moment >= from && moment <= to;
    }

    private List<Path> files(String names) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, names)) {
            found.forEach(files::add);
        }
        return files;
    }

    /** As {@code jcmd PID VM.log} does. A machine that has no such command keeps no log. */
    private void log(String... arguments) {
        List<String> all = new ArrayList<>(List.of("output=" + folder.resolve(THIS + ".log")));
        all.addAll(List.of(arguments));
        try {
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "vmLog",
                            new Object[] {all.toArray(String[]::new)},
                            new String[] {String[].class.getName()});
        } catch (JMException e) {
            return;
        }
    }
}
