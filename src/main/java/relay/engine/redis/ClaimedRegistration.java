package relay.engine.redis;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import relay.engine.Registration;
import relay.engine.Registrations.Claim;
import relay.message.Topic;
import relay.message.TopicFilter;

/**
 * A registration that this relay serves, as it is now, and how much of that the server has. For any thread.
 *
 * <p>What is written is always the latest: what could not be written stays to be written, and the server tells by its version
 * an older write that comes late.
 */
final class ClaimedRegistration {
    /**
     * What the server does not have for sure.
     *
     * @param version grows with every change of one claim
     * @param topics the lines of {@link RegistrationFields#topics} after an equals sign; empty: no change
     * @param cursor empty: no change
     * @param permissions names and values of fields; empty: no change
     */
    record Change(long version, String topics, OptionalLong cursor, List<String> permissions) {}

    private static final long NO_CURSOR = -1;

    /** The number of the claim. */
    final long claim;

    /** The sequence at which it was claimed. */
    final long since;

    private Registration registration;
    private String topics;
    private long cursor;
    private long version;
    private long topicsVersion;
    private long cursorVersion;
    private long permissionsVersion;
    private long writtenVersion;
    private long knownThrough;

    /** One that is claimed, just as the server has it. */
    ClaimedRegistration(Claim claim, long since) {
        this.claim = claim.number();
        this.since = since;
        // What it asks for changes, and is kept as it is written.
        Registration whole = claim.registration();
        this.registration = whole.with(Map.of());
        this.topics = RegistrationFields.topics(whole.topics());
        this.cursor = claim.cursor().orElse(NO_CURSOR);
        this.knownThrough = since;
    }

    /** All but the topics, which are none. */
    synchronized Registration registration() {
        return registration;
    }

    synchronized void topics(Map<Topic, Long> asked) {
        topics = RegistrationFields.topics(asked);
        topicsVersion = ++version;
        // Its client has all messages up to the first of these.
        asked.values().stream().mapToLong(after -> after).min().ifPresent(this::acknowledge);
    }

    /** It has another credential. */
    synchronized void renewed(TopicFilter granted, Optional<Instant> ends) {
        registration = registration.renewed(granted, ends);
        permissionsVersion = ++version;
    }

    /** Its backend has changed what it may do; what it asks for now goes along. */
    synchronized void changed(TopicFilter allowed, TopicFilter publish, Map<Topic, Long> asked) {
        registration = registration.changed(allowed, publish);
        permissionsVersion = version + 1;
        topics(asked);
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
                cursorVersion > writtenVersion ? OptionalLong.of(cursor) : OptionalLong.empty(),
                permissionsVersion > writtenVersion ? RegistrationFields.permissions(registration) : List.of());
    }

    /** Names and values of all its fields as they are now. */
    synchronized List<String> fields(String owner) {
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
