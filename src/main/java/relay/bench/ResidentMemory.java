package relay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory a process of this machine holds, where the system tells (Linux). */
final class ResidentMemory {
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s*(\\d+) kB");

    private ResidentMemory() {}

    /** In bytes. */
    static OptionalLong of(long pid) {
        try {
            Matcher rss = RSS.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
            return rss.find() ? OptionalLong.of(Long.parseLong(rss.group(1)) << 10) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
