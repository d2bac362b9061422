package relay.engine.disk;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import relay.engine.Journal.Entry;
import relay.engine.Journal.Presence;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.Topic;

/** A registration as it is kept, and what of it has yet to be written. For the writer's thread. */
final class StoredRegistration {
    private static final int FIXED_BYTES = 5 * Long.BYTES + 1 + Integer.BYTES;

    /** What of it is not written yet, each with all before it. */
    enum Unwritten {
        NOTHING,
        CURSOR,
        PRESENCE,
        ALL
    }

    final ClientId id;

    /** Names it in short records: no other has had it. */
    final long number;

    private byte[] fixed;
    private byte[] topics;
    private long cursor;
    private Presence presence;
    private long sinceMillis;
    private Unwritten unwritten = Unwritten.NOTHING;

    /** Where the newest record is that has all of it. */
    private long writtenAt;

    private int writtenBytes;

    private StoredRegistration(
            ClientId id, long number, byte[] fixed, byte[] topics, long cursor, Presence presence, long sinceMillis) {
        this.id = id;
        this.number = number;
        this.fixed = fixed;
        this.topics = topics;
        this.cursor = cursor;
        this.presence = presence;
        this.sinceMillis = sinceMillis;
    }

    /** A new one. */
    static StoredRegistration of(Registration registration, long number, long cursor, long nowMillis) {
        return new StoredRegistration(
                registration.id(),
                number,
                RegistrationCodec.fixed(registration),
                RegistrationCodec.topics(registration.topics()),
                cursor,
                Presence.AWAITED,
                nowMillis);
    }

    /** All but the id and the topics, as {@link RegistrationCodec} writes it. */
    byte[] fixed() {
        return fixed;
    }

    void fixed(byte[] other) {
        fixed = other;
    }

    /** How many bytes {@link #putInto} writes. */
    int payloadBytes() {
        return FIXED_BYTES + fixed.length + topics.length;
    }

    void putInto(ByteBuffer target) {
        target.putLong(number).putLong(id.high()).putLong(id.low());
        putPresence(target);
        target.putInt(fixed.length).put(fixed).put(topics);
    }

    static StoredRegistration from(ByteBuffer source) {
        long number = source.getLong();
        ClientId id = new ClientId(source.getLong(), source.getLong());
        Presence presence = presence(source.get());
        long since = source.getLong();
        long cursor = source.getLong();
        byte[] fixed = new byte[source.getInt()];
        source.get(fixed);
        byte[] topics = new byte[source.remaining()];
        source.get(topics);
        return new StoredRegistration(id, number, fixed, topics, cursor, presence, since);
    }

    /** How many bytes {@link #putPresence} writes. */
    static final int PRESENCE_BYTES = 1 + 2 * Long.BYTES;

    void putPresence(ByteBuffer target) {
        target.put(code(presence)).putLong(sinceMillis).putLong(cursor);
    }

    void readPresence(ByteBuffer source) {
        presence = presence(source.get());
        sinceMillis = source.getLong();
        cursor = source.getLong();
    }

    private static byte code(Presence presence) {
        return switch (presence) {
            case AWAITED -> 0;
            case CONNECTED -> 1;
            case DISCONNECTED -> 2;
        };
    }

    private static Presence presence(byte code) {
        return switch (code) {
            case 0 -> Presence.AWAITED;
            case 1 -> Presence.CONNECTED;
            default -> Presence.DISCONNECTED;
        };
    }

    long cursor() {
        return cursor;
    }

    void cursor(long sequence) {
        cursor = sequence;
    }

    /** It has these topics; the same ones need not be written again. */
    Unwritten subscribed(Map<Topic, Long> newTopics) {
        byte[] bytes = RegistrationCodec.topics(newTopics);
        if (Arrays.equals(topics, bytes)) {
            return Unwritten.NOTHING;
        }
        topics = bytes;
        return Unwritten.ALL;
    }

    void connected(long nowMillis) {
        presence = Presence.CONNECTED;
        sinceMillis = nowMillis;
    }

    boolean isConnected() {
        return presence == Presence.CONNECTED;
    }

    void disconnected(long atMillis) {
        presence = Presence.DISCONNECTED;
        sinceMillis = atMillis;
    }

    Unwritten unwritten() {
        return unwritten;
    }

    void unwritten(Unwritten what) {
        unwritten = what;
    }

    long writtenAt() {
        return writtenAt;
    }

    int writtenBytes() {
        return writtenBytes;
    }

    void written(long location, int bytes) {
        writtenAt = location;
        writtenBytes = bytes;
    }

    /** Whether its time is over, for a relay that starts now: nothing is connected. */
    boolean isOver(long nowMillis, Duration registerTtl) {
        if (RegistrationCodec.ends(fixed)
                .filter(end -> end.toEpochMilli() <= nowMillis)
                .isPresent()) {
            return true;
        }
        Duration keep = RegistrationCodec.keep(fixed);
        Duration lives = presence == Presence.AWAITED ? registerTtl : keep;
        return lives.isZero() || since(nowMillis).compareTo(lives) >= 0;
    }

    /** @throws relay.message.InvalidInputException if another version of the relay took what this one does not */
    Entry entry(long nowMillis) {
        return new Entry(RegistrationCodec.registration(id, fixed, topics), cursor, presence, since(nowMillis));
    }

    private Duration since(long nowMillis) {
        return presence == Presence.CONNECTED ? Duration.ZERO : Duration.ofMillis(Math.max(0, nowMillis - sinceMillis));
    }
}
