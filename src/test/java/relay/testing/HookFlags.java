package relay.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The flags of a relay that posts events. Stateless, for any thread. */
public final class HookFlags {
    /** The secret of all of them. */
    public static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private HookFlags() {}

    /** Those of a relay that posts them to an endpoint, and others. */
    public static String[] to(URI endpoint, String... others) {
        try {
            Path file = Files.createTempFile("hook", ".secret");
            file.toFile().deleteOnExit();
            Files.writeString(file, SECRET + "\n");
            return Stream.concat(
                            Stream.of("--hook", endpoint.toString(), "--hook-secret-file", file.toString()),
                            Stream.of(others))
                    .toArray(String[]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of a relay whose events nobody takes, and others. */
    public static String[] toNowhere(String... others) {
        return to(URI.create("http://127.0.0.1:" + FreePort.find() + "/"), others);
    }
}
