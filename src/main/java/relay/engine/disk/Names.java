package relay.engine.disk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import relay.message.InvalidInputException;

/**
 * Values that come again and again as the same bytes: topics and users. So a start makes each of them once. For one thread.
 *
 * @param <T> what the text becomes
 */
final class Names<T> {
    private static final int FEWEST_SLOTS = 1 << 10;
    private static final int MOST_SLOTS = 1 << 20;
    private static final int PRIME = 31;

    private final Function<String, T> made;
    private @Nullable Name<T>[] slots = slots(FEWEST_SLOTS);
    private int taken;

    /** Empty if this version takes no such value. */
    private static final class Name<T> {
        private final byte[] utf8;
        private final int hash;
        private final Optional<T> value;

        Name(byte[] utf8, int hash, Optional<T> value) {
            this.utf8 = utf8;
            this.hash = hash;
            this.value = value;
        }
    }

    /** @param made makes a value; throws {@link InvalidInputException} if the text is none */
    Names(Function<String, T> made) {
        this.made = made;
    }

    /** The value of the text at the position of the buffer, as {@link Layout#putText} has put it; empty if it is none. */
    Optional<T> next(ByteBuffer source) {
        int length = Short.toUnsignedInt(source.getShort());
        int begin = source.position();
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = PRIME * hash + source.get(begin + i);
        }
        source.position(begin + length);
        int slot = slot(hash);
        for (Name<T> name = slots[slot]; name != null; name = slots[slot]) {
            if (name.hash == hash && isAt(name.utf8, source, begin, length)) {
                return name.value;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        byte[] utf8 = new byte[length];
        source.get(begin, utf8);
        Optional<T> value = value(utf8);
        add(new Name<>(utf8, hash, value));
        return value;
    }

    private static boolean isAt(byte[] utf8, ByteBuffer source, int begin, int length) {
        if (utf8.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (utf8[i] != source.get(begin + i)) {
                return false;
            }
        }
        return true;
    }

    private Optional<T> value(byte[] utf8) {
        try {
            return Optional.of(made.apply(new String(utf8, StandardCharsets.UTF_8)));
        } catch (InvalidInputException e) {
            return Optional.empty();
        }
    }

    private void add(Name<T> name) {
        if (2 * taken >= slots.length) {
            @Nullable Name<T>[] before = slots;
            boolean grows = before.length < MOST_SLOTS;
            slots = slots(grows ? 2 * before.length : before.length);
            taken = 0;
            // With more than that, most come once only.
            for (Name<T> one : before) {
                if (grows && one != null) {
                    put(one);
                }
            }
        }
        put(name);
    }

    private void put(Name<T> name) {
        int slot = slot(name.hash);
        while (slots[slot] != null) {
            slot = (slot + 1) & (slots.length - 1);
        }
        slots[slot] = name;
        taken++;
    }

    private int slot(int hash) {
        return (hash ^ (hash >>> 16)) & (slots.length - 1);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <T> @Nullable Name<T>[] slots(int count) {
        return new Name[count];
    }
}
