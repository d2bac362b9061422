package relay.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * One pass over the retained values of some topics, by growing sequence, each sequence once: first it is {@linkplain #prepare looked
 * up} which there are, then they come. A value that was replaced, cleared or has expired meanwhile does not come. The owning thread
 * only.
 *
 * <p>It remembers where at most {@value #MOST_AHEAD} values are, not the values: if there are more, it looks them up again when these
 * are done.
 */
public final class RetainedReader {
    static final int MOST_AHEAD = 4096;

    private static final Comparator<Place> BY_SEQUENCE = Comparator.comparingLong(Place::sequence)
            .thenComparing(place -> place.key().topic());

    private static final TopicLogKey NOWHERE = new TopicLogKey(new Topic("-"), Optional.empty());

    private final RetainedMessages values;
    private final Map<Topic, Span> spans;
    private final Optional<UserId> user;
    private final Optional<ClientId> client;

    /** The first values that were found so far, the last of them in front. */
    private final PriorityQueue<Place> found = new PriorityQueue<>(BY_SEQUENCE.reversed());

    /** The values that come next. */
    private final ArrayDeque<Place> ahead = new ArrayDeque<>();

    private Iterator<Map.Entry<Topic, Span>> topics;

    /** The pattern that is being looked up, from behind a topic on. */
    private Map.@Nullable Entry<Topic, Span> pattern;

    private Optional<Topic> behind = Optional.empty();

    /** Whether there are values behind those ahead. */
    private boolean more;

    private boolean prepared;

    /** The last place that is done. */
    private Place done = new Place(-1, NOWHERE);

    /** The sequence of the last value that came. */
    private long given = -1;

    /** How many places the last page takes. */
    private int pagePlaces;

    /** The sequence of the last value there. */
    private long pageLast;

    /**
     * Which values of a topic are wanted.
     *
     * @param after those with a sequence after this
     * @param through and up to this
     */
    public record Span(long after, long through) {}

    private record Place(long sequence, TopicLogKey key) {}

    /**
     * Reads the values of some topics.
     *
     * @param spans the topics, patterns among them, and which of their values are wanted
     * @param user whose values are read beside those for everybody; empty: nobody's
     * @param client who gets them: values that it is excluded from do not come
     */
    public RetainedReader(
            RetainedMessages values, Map<Topic, Span> spans, Optional<UserId> user, Optional<ClientId> client) {
        this.values = values;
        this.spans = new LinkedHashMap<>(values.isEmpty() ? Map.of() : spans);
        this.user = user;
        this.client = client;
        this.topics = this.spans.entrySet().iterator();
    }

    /** One that reads nothing. */
    static RetainedReader none() {
        return new RetainedReader(new RetainedMessages(0, () -> 0), Map.of(), Optional.empty(), Optional.empty());
    }

    /** A reader of what is still to come of some topics, if it has these, and of others. */
    public RetainedReader of(Set<Topic> kept, Map<Topic, Span> others) {
        Map<Topic, Span> all = new LinkedHashMap<>();
        spans.forEach((topic, span) -> {
            if (kept.contains(topic)) {
                all.put(topic, new Span(Math.max(span.after(), given), span.through()));
            }
        });
        all.putAll(others);
        return new RetainedReader(values, all, user, client);
    }

    /** Looks up about so many topics more; false if that was not all of them. */
    public boolean prepare(int most) {
        int seen = 0;
        while (!prepared && seen < most) {
            seen += lookUpNext();
        }
        return prepared;
    }

    /** How many topics were looked at. */
    private int lookUpNext() {
        Map.Entry<Topic, Span> pattern = this.pattern;
        if (pattern != null) {
            Span span = pattern.getValue();
            behind = values.findSome(pattern.getKey(), behind, user, value -> find(value, span));
            this.pattern = behind.isPresent() ? pattern : null;
            return RetainedTopics.AT_A_TIME;
        }
        if (!topics.hasNext()) {
            order();
            return 1;
        }
        Map.Entry<Topic, Span> next = topics.next();
        if (next.getKey().isPattern()) {
            this.pattern = next;
        } else {
            values.find(next.getKey(), user, value -> find(value, next.getValue()));
        }
        return 1;
    }

    private void find(StoredMessage value, Span span) {
        Place place = new Place(
                value.sequence(),
                new TopicLogKey(value.message().topic(), value.message().recipient()));
        boolean wanted = value.sequence() > span.after() && value.sequence() <= span.through();
        if (wanted && BY_SEQUENCE.compare(place, done) > 0) {
            found.add(place);
            if (found.size() > MOST_AHEAD) {
                found.remove();
                more = true;
            }
        }
    }

    private void order() {
        List<Place> ordered = new ArrayList<>(found);
        found.clear();
        ordered.sort(BY_SEQUENCE);
        ahead.addAll(ordered);
        prepared = true;
    }

    /** Whether what comes next is looked up. */
    boolean isPrepared() {
        return prepared;
    }

    /** Whether nothing more comes. */
    public boolean isDone() {
        return prepared && ahead.isEmpty() && !more;
    }

    /** The next value; absent if there is none, or if more have to be {@linkplain #prepare looked up}. */
    @Nullable
    StoredMessage peek() {
        while (!ahead.isEmpty()) {
            Place next = ahead.getFirst();
            StoredMessage value = next.sequence() > given ? current(next) : null;
            if (value != null) {
                return value;
            }
            remove(1);
        }
        return null;
    }

    /** No value comes before this sequence. */
    long nextSequence() {
        return ahead.isEmpty() ? Long.MAX_VALUE : ahead.getFirst().sequence();
    }

    /** The next value is done. */
    void skip() {
        given = ahead.getFirst().sequence();
        remove(1);
    }

    /** The next values, as many as fit; the first one always does. They come again unless {@link #pageSent} is called. */
    public List<StoredMessage> page(int mostMessages, long mostBytes) {
        List<StoredMessage> page = new ArrayList<>();
        long bytes = 0;
        int places = 0;
        long last = given;
        for (Place place : ahead) {
            // It may be on several of these topics, or match several of them.
            StoredMessage value = place.sequence() > last ? current(place) : null;
            if (value != null) {
                bytes += value.message().text().size();
                if (page.size() == mostMessages || (!page.isEmpty() && bytes > mostBytes)) {
                    break;
                }
                page.add(value);
                last = place.sequence();
            }
            places++;
        }
        pagePlaces = places;
        pageLast = last;
        return page;
    }

    /** The last page is done. */
    public void pageSent() {
        given = pageLast;
        remove(pagePlaces);
        pagePlaces = 0;
    }

    private void remove(int places) {
        for (int i = 0; i < places; i++) {
            done = ahead.removeFirst();
        }
        if (ahead.isEmpty() && more) {
            more = false;
            prepared = false;
            topics = spans.entrySet().iterator();
        }
    }

    private @Nullable StoredMessage current(Place place) {
        StoredMessage value = values.current(place.key());
        if (value == null || value.sequence() != place.sequence()) {
            return null;
        }
        boolean excluded = client.isPresent() && !value.message().options().isFor(client.get());
        return excluded ? null : value;
    }
}
