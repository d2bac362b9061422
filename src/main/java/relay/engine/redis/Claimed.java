package relay.engine.redis;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import relay.engine.Registration;

/**
 * A registration that this relay serves, as it is now, and how much of that the server has. For any thread.
 *
 * <p>Whatever is written is what is latest: what could not be written stays to be written, and an older write that comes
 * late is told by its version.
 */
final class Claimed {
    /**
     * What the server does not have for sure.
     *
     * @param version grows with every change of one claim
     * @param topics the lines of {@link RegistrationFields#topics} after an equals sign; empty: no change
     * @param cursor empty: no change
     */
    record Change(long version, String topics, OptionalLong cursor) {}

    private static final long NO_CURSOR = -1;

    final long claim;

    /** The sequence at which it was claimed. */
    final long since;

    private final Registration registration;
    private String topics;
    private long cursor;
    private long version;
    private long topicsVersion;
    private long cursorVersion;
    private long writtenVersion;
    private long knownThrough;

    /** One that is claimed, just as the server has it. */
    Claimed(Registration registration, long claim, OptionalLong cursor, long since) {
        this.claim = claim;
        this.since = since;
        // What it asks for changes, and is kept as it is written.
        this.registration = new Registration(
                registration.id(),
                registration.user(),
                Map.of(),
                registration.allowed(),
                registration.keep(),
                registration.ends());
        this.topics = RegistrationFields.topics(registration.topics());
        this.cursor = cursor.orElse(NO_CURSOR);
        this.knownThrough = since;
    }

    /** All but the topics, which are none. */
    Registration registration() {
        return registration;
    }

    /**
     * It asks for something else.
     *
     * @param from the sequence after which its client may lack messages; empty: of no topic
     */
    synchronized void topics(String lines, OptionalLong from) {
        topics = lines;
        topicsVersion = ++version;
        from.ifPresent(this::acknowledge);
    }

    /** Its client has received all messages up to a sequence; whether that is something else than before. */
    synchronized boolean acknowledge(long sequence) {
        if (sequence == cursor) {
            return false;
        }
        cursor = sequence;
        cursorVersion = ++version;
        return true;
    }

    synchronized boolean isUnwritten() {
        return version > writtenVersion;
    }

    synchronized Change unwritten() {
        return new Change(
                version,
                topicsVersion > writtenVersion ? "=" + topics : "",
                cursorVersion > writtenVersion ? OptionalLong.of(cursor) : OptionalLong.empty());
    }

    /** Names and values of all its fields as they are now. */
    synchronized List<byte[]> fields(String owner) {
        return RegistrationFields.of(
                registration,
                topics,
                claim,
                owner,
                cursor == NO_CURSOR ? OptionalLong.empty() : OptionalLong.of(cursor),
                version);
    }

    /**
     * The server has all changes up to a version.
     *
     * @param sequence up to which everything had come here before: if it was removed, then later
     */
    synchronized void written(long throughVersion, long sequence) {
        writtenVersion = Math.max(writtenVersion, throughVersion);
        knownThrough = Math.max(knownThrough, sequence);
    }

    /** A removal with a later sequence may be unknown here. */
    synchronized long knownThrough() {
        return knownThrough;
    }
}
