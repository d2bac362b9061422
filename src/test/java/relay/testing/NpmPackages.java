package relay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/** The packages of the npm registry that {@code src/test/npm} names, as its lock file has them. Immutable, for any thread. */
public final class NpmPackages {
    private static final Path NAMED = Path.of("src", "test", "npm");
    private static final Path HERE = Path.of("target", "npm");

    private NpmPackages() {}

    /** Has npm put them here, if it is there. */
    public static NpmPackages installed() {
        try {
            Files.createDirectories(HERE);
            for (String file : new String[] {"package.json", "package-lock.json"}) {
                Files.copy(NAMED.resolve(file), HERE.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ExternalProgram.require(
                "npm",
                Map.of(),
                "/usr/bin/npm",
                "ci",
                "--prefix",
                HERE.toString(),
                "--prefer-offline",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund");
        return new NpmPackages();
    }

    /** The text of a file of theirs. */
    public String text(String file) {
        try {
            return Files.readString(folder().resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where they are. */
    public Path folder() {
        return HERE.resolve("node_modules").toAbsolutePath();
    }
}
