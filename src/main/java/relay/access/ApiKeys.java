package relay.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import relay.message.InvalidInputException;
import relay.message.Sha256;
import relay.message.TopicFilter;
import relay.message.TopicPattern;

/**
 * API keys, each with the permissions of its bearer. Immutable and for any thread.
 *
 * <p>It holds only hashes of keys. A presented key is compared with all of them in constant time.
 */
final class ApiKeys {
    static final ApiKeys NONE = new ApiKeys(List.of());

    /** The most keys, since each presented key is compared with all of them. */
    static final int MOST = 1000;

    private static final String FORM =
            "it takes key, key:rights or key:rights:topics, such as s3cr3t:register+publish:news.*+cats";

    /** A token of {@code Authorization: Bearer} (RFC 6750 §2.1). */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final List<Entry> entries;

    private static final class Entry {
        private final byte[] hash;
        private final Caller caller;

        Entry(byte[] hash, Caller caller) {
            this.hash = hash;
            this.caller = caller;
        }
    }

    private ApiKeys(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * Parses keys that are separated by commas or lines; a line that begins with {@code #} is a comment.
     *
     * @throws InvalidInputException if an entry is malformed; the message names its place, never the key
     */
    static ApiKeys parse(String text) {
        List<String> keys = text.lines()
                .filter(line -> !line.strip().startsWith("#"))
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .map(String::strip)
                .filter(key -> !key.isEmpty())
                .limit(MOST + 1)
                .toList();
        if (keys.size() > MOST) {
            throw new InvalidInputException("too many keys: at most " + MOST);
        }
        List<Entry> read = new ArrayList<>();
        for (String key : keys) {
            read.add(entry(key, "key " + (read.size() + 1)));
        }
        return new ApiKeys(read);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** The caller with this key. */
    Optional<Caller> find(String presented) {
        byte[] hash = hash(presented);
        Optional<Caller> found = Optional.empty();
        for (Entry entry : entries) {
            boolean same = MessageDigest.isEqual(entry.hash, hash);
            found = same ? Optional.of(entry.caller) : found;
        }
        return found;
    }

    private static Entry entry(String text, String place) {
        String[] parts = text.split(":", -1);
        if (parts.length > 3 || !KEY.matcher(parts[0]).matches()) {
            throw new InvalidInputException(place + " is wrong: " + FORM + ", the key of letters, digits and -._~+/=");
        }
        Set<Right> rights = parts.length > 1 ? rights(parts[1], place) : EnumSet.allOf(Right.class);
        TopicFilter topics = parts.length > 2 ? topics(parts[2], place) : TopicFilter.ANY;
        byte[] hash = hash(parts[0]);
        return new Entry(hash, Caller.withKey("key " + HexFormat.of().formatHex(hash), rights, topics));
    }

    private static Set<Right> rights(String text, String place) {
        EnumSet<Right> rights = EnumSet.noneOf(Right.class);
        for (String word : text.split("\\+", -1)) {
            rights.add(Right.of(word.strip())
                    .orElseThrow(() -> new InvalidInputException(
                            place + " has a right that is none: it takes " + Right.words() + ", joined by +")));
        }
        return rights;
    }

    private static TopicFilter topics(String text, String place) {
        try {
            return TopicFilter.of(Arrays.stream(text.split("\\+", -1))
                    .map(topic -> new TopicPattern(topic.strip()))
                    .toList());
        } catch (InvalidInputException e) {
            throw new InvalidInputException(place + " has topics that are wrong: " + e.detail());
        }
    }

    private static byte[] hash(String key) {
        return Sha256.newDigest().digest(key.getBytes(StandardCharsets.UTF_8));
    }
}
