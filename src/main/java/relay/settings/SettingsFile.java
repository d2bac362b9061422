package relay.settings;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import relay.message.InvalidInputException;

/**
 * Reads a file of settings: {@code ping-interval = 25s}, one a line, in UTF-8, with the comments, escapes and continued lines of
 * {@link Properties}. For one thread.
 *
 * <p>That format because the settings are flat: a line is a flag without its dashes, the JDK reads it, and every value means
 * itself ({@code *} and {@code no} do not in YAML). Each entry is given to {@code Properties} alone, which tells neither the line
 * of an entry nor that a key comes twice.
 */
final class SettingsFile {
    private static final long MOST_BYTES = 1 << 20;

    /** Some editors on Windows begin a UTF-8 file with it. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    /** The one setting that a file may not have: it would name another file. */
    private static final String CONFIG = "config";

    /** What the name of a setting may look like. An API key on a line of its own does not look like that, and is not shown. */
    private static final Pattern NAME = Pattern.compile("-{0,2}[a-z][a-z_-]{0,40}");

    private final String name;
    private final Collection<String> keys;
    private final Map<String, Setting> settings = new HashMap<>();

    private SettingsFile(String name, Collection<String> keys) {
        this.name = name;
        this.keys = keys;
    }

    /**
     * Reads a whole file.
     *
     * @param namedBy what names the file, for errors: {@code --config} or {@code RELAY_CONFIG}
     * @param keys the keys that may be set
     * @return what it sets, by key
     * @throws InvalidInputException if it cannot be read, has a line that sets nothing, or sets a key twice
     */
    static Map<String, Setting> read(String namedBy, Path file, Collection<String> keys) {
        SettingsFile reading = new SettingsFile(file.toString(), keys);
        reading.readLines(lines(namedBy, file));
        return Map.copyOf(reading.settings);
    }

    /** Whether every user of this machine may read API keys or a password in the file. */
    static boolean showsSecrets(Path file, Map<String, Setting> settings) {
        try {
            return settings.values().stream().anyMatch(SettingsFile::isSecret)
                    && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static boolean isSecret(Setting setting) {
        FlagSpec flag = FlagSpec.of(setting.key());
        return (flag.isSecret() && !setting.isBlank()) || flag.hasPassword(setting.value());
    }

    private static List<String> lines(String namedBy, Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new InvalidInputException(namedBy + ": " + file + " is larger than 1 MiB: is it the right file?");
            }
            List<String> lines = Files.readAllLines(file);
            if (!lines.isEmpty() && lines.get(0).startsWith(BYTE_ORDER_MARK)) {
                lines.set(0, lines.get(0).substring(1));
            }
            return lines;
        } catch (NoSuchFileException e) {
            throw new InvalidInputException(
                    namedBy + ": there is no file " + file.toAbsolutePath() + ": write it, or name another one");
        } catch (CharacterCodingException e) {
            throw new InvalidInputException(namedBy + ": " + file + " is not UTF-8: save it as that");
        } catch (IOException e) {
            throw new InvalidInputException(namedBy + ": cannot read " + file + " (" + reason(e)
                    + "): it takes a file that the relay's user may read");
        }
    }

    private static String reason(IOException e) {
        String reason = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }

    private void readLines(List<String> lines) {
        int number = 1;
        Iterator<String> left = lines.iterator();
        while (left.hasNext()) {
            int first = number++;
            StringBuilder entry = new StringBuilder(left.next());
            while (goesOn(entry) && left.hasNext()) {
                entry.append('\n').append(left.next());
                number++;
            }
            readEntry(name + ":" + first, entry.toString());
        }
    }

    /** Whether the next line belongs to the same entry: it ends with a backslash that is not itself escaped. */
    private static boolean goesOn(CharSequence entry) {
        int end = entry.length();
        while (end > 0 && entry.charAt(end - 1) == '\\') {
            end--;
        }
        return (entry.length() - end) % 2 == 1 && !isComment(entry);
    }

    private static boolean isComment(CharSequence entry) {
        String text = entry.toString().stripLeading();
        return text.startsWith("#") || text.startsWith("!");
    }

    private void readEntry(String place, String text) {
        Properties entry = new Properties();
        try {
            entry.load(new StringReader(text));
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException(place
                    + ": a backslash begins an escape such as \\u00e9: write \\\\ for one that stands for itself");
        }
        for (String key : entry.stringPropertyNames()) {
            requireKnown(place, key);
            Setting before = settings.put(
                    key, Setting.ofLine(key, place, entry.getProperty(key).strip()));
            if (before != null) {
                throw new InvalidInputException(
                        place + ": " + key + " is already set by " + before.origin() + ": keep one of them");
            }
        }
    }

    private void requireKnown(String place, String key) {
        if (key.equals(CONFIG)) {
            throw new InvalidInputException(place + ": a file of settings names no other: move those into this one");
        }
        if (!keys.contains(key)) {
            boolean isName = NAME.matcher(key).matches()
                    && settings.keySet().stream()
                            .noneMatch(set -> FlagSpec.of(set).isSecret());
            throw new InvalidInputException(
                    place + ": there is no setting "
                            + (isName
                                    ? "'" + key + "': did you mean " + NearestName.to(key, keys) + "?"
                                    : "of this name: a value that goes on in the next line has a backslash at the end of this one"));
        }
    }
}
