package relay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The jar's classes as the virtual machine has them in memory, beside the jar: hundreds of relays start in the tests, and with this
 * each costs a third less. It is made once for a jar, by a relay that loads what relays with an engine load.
 */
final class ClassArchive {
    private static final String OF_THIS_JAVA = "relay-" + Runtime.version().hashCode() + "-";
    private static final Pattern SEEN_ENGINE = Pattern.compile("the engine cannot be reached");
    /** Where nothing listens. */
    private static final String NO_ENGINE = "redis://127.0.0.1:1";
    /** Java goes on without an archive that does not fit the flags of a test, and is not to write of it among the relay's lines. */
    private static final List<String> QUIET = List.of("-Xlog:cds=off", "-Xlog:cds+dynamic=off");

    private ClassArchive() {}

    /** The options of the virtual machine for it; made now, if it is not there. */
    static List<String> options(Path jar) {
        return Stream.concat(QUIET.stream(), Stream.of("-XX:SharedArchiveFile=" + of(jar)))
                .toList();
    }

    /** One for each jar and each Java: it would be of no use to another. */
    private static Path of(Path jar) {
        try {
            Path archive = jar.resolveSibling(OF_THIS_JAVA + Files.size(jar) + "-"
                    + Files.getLastModifiedTime(jar).toMillis() + ".jsa");
            if (!Files.exists(archive)) {
                makeUnlessAnother(archive);
            }
            return archive;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tests run in several processes: one makes it, the others wait. */
    private static void makeUnlessAnother(Path archive) throws IOException {
        Path file = archive.resolveSibling("relay.jsa.lock");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            // The end of the channel ends it.
            var unused = channel.lock();
            if (!Files.exists(archive)) {
                make(archive);
            }
        }
    }

    private static void make(Path archive) throws IOException {
        // Those of jars that have been built before.
        try (DirectoryStream<Path> old = Files.newDirectoryStream(archive.getParent(), OF_THIS_JAVA + "*.jsa")) {
            for (Path one : old) {
                Files.delete(one);
            }
        }
        Path half = Files.createTempFile(archive.getParent(), "relay", ".jsa");
        Files.delete(half);
        List<String> machine = Stream.concat(QUIET.stream(), Stream.of("-XX:ArchiveClassesAtExit=" + half))
                .toList();
        try (RelayProcess relay = RelayProcess.startWithoutArchive(machine, "--port=0", "--engine=" + NO_ENGINE)) {
            relay.port();
            relay.awaitLog(SEEN_ENGINE);
            relay.terminate();
            relay.exitStatus();
            if (!Files.exists(half)) {
                throw new AssertionError("no archive: " + relay.out() + relay.err());
            }
        }
        Files.move(half, archive, StandardCopyOption.ATOMIC_MOVE);
    }
}
