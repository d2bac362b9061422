package relay.engine.disk;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import relay.client.Overflow;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UserId;

/** Registrations as bytes: what seldom changes, and the topics. Stateless. */
final class RegistrationCodec {
    private static final long NEVER = Long.MAX_VALUE;
    private static final byte CLOSES = 0;
    private static final byte CATCHES_UP = 1;
    private static final ClientId NOBODY = new ClientId(0, 0);

    private RegistrationCodec() {}

    /** All but the id and the topics. */
    static byte[] fixed(Registration registration) {
        byte[] user = Layout.utf8(registration.user().value());
        // All lists together, and behind them how many are the registration's own, then what happens when its queue is
        // full, and
        // then the lists of what it may publish to: older relays wrote, and read, no more than the first, or the first
        // two.
        List<List<byte[]>> lists = texts(registration.allowed().and(registration.granted()));
        boolean catchesUp = registration.overflow() == Overflow.CATCHUP;
        boolean publishes = !registration.publish().isNothing();
        List<List<byte[]>> publish = publishes ? texts(registration.publish()) : List.of();
        int size = 2 * Short.BYTES + user.length + 2 * Long.BYTES + bytes(lists);
        size += catchesUp || publishes ? 1 : 0;
        size += publishes ? bytes(publish) : 0;
        ByteBuffer bytes = ByteBuffer.allocate(size);
        Layout.putText(bytes, user);
        bytes.putLong(registration.keep().toMillis());
        bytes.putLong(registration.ends().map(Instant::toEpochMilli).orElse(NEVER));
        put(bytes, lists);
        bytes.putShort((short) registration.allowed().lists().size());
        if (catchesUp || publishes) {
            bytes.put(catchesUp ? CATCHES_UP : CLOSES);
        }
        if (publishes) {
            put(bytes, publish);
        }
        return bytes.array();
    }

    private static List<List<byte[]>> texts(TopicFilter filter) {
        return filter.lists().stream()
                .map(list -> list.stream()
                        .map(pattern -> Layout.utf8(pattern.text()))
                        .toList())
                .toList();
    }

    /** How many bytes {@link #put} writes. */
    private static int bytes(List<List<byte[]>> lists) {
        int size = Short.BYTES;
        for (List<byte[]> list : lists) {
            size += Integer.BYTES
                    + list.stream().mapToInt(text -> Short.BYTES + text.length).sum();
        }
        return size;
    }

    private static void put(ByteBuffer bytes, List<List<byte[]>> lists) {
        bytes.putShort((short) lists.size());
        for (List<byte[]> list : lists) {
            bytes.putInt(list.size());
            list.forEach(text -> Layout.putText(bytes, text));
        }
    }

    /** The same, with another credential. */
    static byte[] renewed(byte[] fixed, TopicFilter granted, Optional<Instant> ends) {
        return fixed(registration(NOBODY, fixed, new byte[0]).renewed(granted, ends));
    }

    /** The same, changed by somebody else. */
    static byte[] changed(byte[] fixed, TopicFilter allowed, TopicFilter publish) {
        Registration before = registration(NOBODY, fixed, new byte[0]);
        return fixed(new Registration(
                before.id(),
                before.user(),
                before.topics(),
                allowed,
                before.granted(),
                publish,
                before.keep(),
                before.overflow(),
                before.ends()));
    }

    /** The same topics are always the same bytes. */
    static byte[] topics(Map<Topic, Long> topics) {
        List<Map.Entry<Topic, Long>> sorted =
                topics.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList();
        List<byte[]> names =
                sorted.stream().map(entry -> Layout.utf8(entry.getKey().name())).toList();
        ByteBuffer bytes = ByteBuffer.allocate(names.stream()
                .mapToInt(name -> Long.BYTES + Short.BYTES + name.length)
                .sum());
        for (int i = 0; i < names.size(); i++) {
            bytes.putLong(sorted.get(i).getValue());
            Layout.putText(bytes, names.get(i));
        }
        return bytes.array();
    }

    /** When its credential expires. */
    static Optional<Instant> ends(byte[] fixed) {
        ByteBuffer bytes = ByteBuffer.wrap(fixed);
        Layout.skipText(bytes);
        bytes.getLong();
        return ends(bytes.getLong());
    }

    /** How long it outlives a lost connection. */
    static Duration keep(byte[] fixed) {
        ByteBuffer bytes = ByteBuffer.wrap(fixed);
        Layout.skipText(bytes);
        return Duration.ofMillis(bytes.getLong());
    }

    /** @throws relay.message.InvalidInputException if another version of the relay took what this one does not */
    static Registration registration(ClientId id, byte[] fixed, byte[] topics) {
        ByteBuffer bytes = ByteBuffer.wrap(fixed);
        UserId user = new UserId(Layout.getText(bytes));
        Duration keep = Duration.ofMillis(bytes.getLong());
        Optional<Instant> ends = ends(bytes.getLong());
        List<TopicFilter> lists = lists(bytes);
        int own = bytes.hasRemaining() ? bytes.getShort() : lists.size();
        boolean catchesUp = bytes.hasRemaining() && bytes.get() == CATCHES_UP;
        TopicFilter publish = bytes.hasRemaining() ? all(lists(bytes)) : TopicFilter.NONE;
        return new Registration(
                id,
                user,
                topics(ByteBuffer.wrap(topics)),
                all(lists.subList(0, own)),
                all(lists.subList(own, lists.size())),
                publish,
                keep,
                catchesUp ? Overflow.CATCHUP : Overflow.CLOSE,
                ends);
    }

    private static List<TopicFilter> lists(ByteBuffer bytes) {
        List<TopicFilter> lists = new ArrayList<>();
        for (int left = bytes.getShort(); left > 0; left--) {
            List<TopicPattern> list = new ArrayList<>();
            for (int patterns = bytes.getInt(); patterns > 0; patterns--) {
                list.add(new TopicPattern(Layout.getText(bytes)));
            }
            lists.add(TopicFilter.of(list));
        }
        return lists;
    }

    private static TopicFilter all(List<TopicFilter> filters) {
        return filters.stream().reduce(TopicFilter.ANY, TopicFilter::and);
    }

    private static Map<Topic, Long> topics(ByteBuffer bytes) {
        Map<Topic, Long> topics = new LinkedHashMap<>();
        while (bytes.hasRemaining()) {
            long after = bytes.getLong();
            topics.put(new Topic(Layout.getText(bytes)), after);
        }
        return topics;
    }

    private static Optional<Instant> ends(long millis) {
        return millis == NEVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
