package relay.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Keys and certificates as OpenSSL's command writes them, which is what most people have. */
public final class OpenSsl {
    private static final String COMMAND = "/usr/bin/openssl";

    private final Path folder;

    private OpenSsl(Path folder) {
        this.folder = folder;
    }

    /** Writes into a folder; leaves the test out where the command is missing. */
    public static OpenSsl in(Path folder) {
        ExternalProgram.require("openssl", Map.of(), COMMAND, "version");
        return new OpenSsl(folder);
    }

    /** Runs one of its commands, with spaces between the arguments, and returns the file that it wrote. */
    public Path write(String name, String command) {
        Path file = folder.resolve(name);
        List<String> line = new ArrayList<>(List.of(command.split(" ")));
        line.add(0, COMMAND);
        line.addAll(2, List.of("-out", file.toString()));
        ExternalProgram.run(line.toArray(String[]::new));
        return file;
    }

    /** A certificate for localhost that signs itself. */
    public Path certificate(String name, Path key, String... more) {
        return write(
                name,
                "req -x509 -key " + key + " -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
                        + (more.length == 0 ? "-days 5" : String.join(" ", more)));
    }
}
