package relay.fanout;

import java.util.AbstractSet;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;

/**
 * The topics that a client is subscribed to, and for each its entry: the shared topic, or the client's membership in it. Immutable, for
 * any thread: so handing it over costs nothing, however many topics there are.
 *
 * <p>A look-up takes constant time, whatever topics a client chooses. There may be very many of these objects: a single entry takes no
 * array, a few take an array without gaps, and of many a third of the places stay free.
 */
public final class SubscribedTopics extends AbstractSet<Topic> {
    static final SubscribedTopics NONE = new SubscribedTopics(null, new Entry[0], 0);

    /** Up to so many are searched one by one. */
    private static final int FEW = 8;

    private final @Nullable Entry only;
    private final @Nullable Entry[] places;

    /** How many entries there are, doubled; and 1 if there are patterns among them. */
    private final int sizeAndPatterns;

    /** One of the topics. */
    interface Entry {
        SubscribedTopic shared();
    }

    private SubscribedTopics(@Nullable Entry only, @Nullable Entry[] places, int sizeAndPatterns) {
        this.only = only;
        this.places = places;
        this.sizeAndPatterns = sizeAndPatterns;
    }

    /** @param entries each of another topic */
    static SubscribedTopics of(Collection<? extends Entry> entries) {
        int size = entries.size();
        if (size == 0) {
            return NONE;
        }
        if (size == 1) {
            return only(entries.iterator().next());
        }
        @Nullable Entry[] places = new Entry[size <= FEW ? size : size + size / 2];
        int patterns = 0;
        for (Entry entry : entries) {
            patterns |= entry.shared().isPattern() ? 1 : 0;
            int place = first(entry.shared().hash(), places.length);
            while (places[place] != null) {
                place = next(place, places.length);
            }
            places[place] = entry;
        }
        return new SubscribedTopics(null, places, 2 * size + patterns);
    }

    private static SubscribedTopics only(Entry entry) {
        return new SubscribedTopics(entry, NONE.places, entry.shared().isPattern() ? 3 : 2);
    }

    /** The same topics with other entries. */
    SubscribedTopics with(UnaryOperator<Entry> change) {
        if (only != null) {
            return only(change.apply(only));
        }
        @Nullable Entry[] changed = places.clone();
        for (int i = 0; i < changed.length; i++) {
            Entry entry = changed[i];
            changed[i] = entry == null ? null : change.apply(entry);
        }
        return new SubscribedTopics(null, changed, sizeAndPatterns);
    }

    /** The entry of a topic; absent if the client is not subscribed to it. */
    @Nullable
    Entry find(Topic topic) {
        // Many clients have one topic: that needs no hash.
        return find(topic, places.length == 0 ? 0 : SubscribedTopic.hash(topic));
    }

    /** The same for a shared topic: its name is compared only if the hash is the same. */
    @Nullable
    Entry find(SubscribedTopic topic) {
        return find(topic.topic(), topic.hash());
    }

    private @Nullable Entry find(Topic topic, int hash) {
        if (only != null) {
            return only.shared().topic().equals(topic) ? only : null;
        }
        int place = first(hash, places.length);
        for (int tried = 0; tried < places.length; tried++) {
            Entry entry = places[place];
            if (entry == null || isOf(entry.shared(), topic, hash)) {
                return entry;
            }
            place = next(place, places.length);
        }
        return null;
    }

    /** Whether there is a topic or a pattern that a topic matches. */
    boolean haveMatch(Topic topic) {
        return find(topic) != null || (hasPatterns() && isMatched(topic));
    }

    boolean hasPatterns() {
        return (sizeAndPatterns & 1) != 0;
    }

    private boolean isMatched(Topic topic) {
        if (only != null) {
            return only.shared().topic().matches(topic);
        }
        for (Entry entry : places) {
            if (entry != null
                    && entry.shared().isPattern()
                    && entry.shared().topic().matches(topic)) {
                return true;
            }
        }
        return false;
    }

    /** How many places a look-up passes. */
    int stepsTo(Topic topic) {
        Entry entry = find(topic);
        int place = first(SubscribedTopic.hash(topic), places.length);
        int steps = 0;
        while (places.length > 0 && places[place] != entry) {
            place = next(place, places.length);
            steps++;
        }
        return steps;
    }

    private static boolean isOf(SubscribedTopic asked, Topic topic, int hash) {
        return asked.hash() == hash && asked.topic().equals(topic);
    }

    void forEachEntry(Consumer<? super Entry> action) {
        if (only != null) {
            action.accept(only);
        }
        for (Entry entry : places) {
            if (entry != null) {
                action.accept(entry);
            }
        }
    }

    @Override
    public boolean contains(Object object) {
        return object instanceof Topic topic && find(topic) != null;
    }

    @Override
    public Iterator<Topic> iterator() {
        if (only != null) {
            return List.of(only.shared().topic()).iterator();
        }
        return new Iterator<>() {
            private int next = taken(0);

            @Override
            public boolean hasNext() {
                return next < places.length;
            }

            @Override
            public Topic next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Entry entry = Objects.requireNonNull(places[next]);
                next = taken(next + 1);
                return entry.shared().topic();
            }
        };
    }

    private int taken(int from) {
        int place = from;
        while (place < places.length && places[place] == null) {
            place++;
        }
        return place;
    }

    @Override
    public int size() {
        return sizeAndPatterns >> 1;
    }

    private static int first(int hash, int length) {
        return (int) ((Integer.toUnsignedLong(hash) * length) >>> Integer.SIZE);
    }

    private static int next(int place, int length) {
        return place + 1 == length ? 0 : place + 1;
    }
}
