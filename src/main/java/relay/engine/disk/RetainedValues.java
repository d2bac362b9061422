package relay.engine.disk;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import relay.message.Message;
import relay.message.MessageOptions.Retain;
import relay.message.Topic;

/**
 * The retained values that are in the log: what lives on when the segment is deleted that they were written to. At the bound the ones
 * that were set longest ago are forgotten. For the writer's thread.
 */
final class RetainedValues {
    private final long mostBytes;

    /** In the order of where their records are. */
    private final Map<RetainedValue.Name, Held> values = new LinkedHashMap<>();

    private final NavigableSet<RetainedValue> bySequence =
            new TreeSet<>(Comparator.comparingLong(RetainedValue::sequence)
                    .thenComparing(value -> value.message().topic()));
    private long bytes;

    /** A value, and where its newest record is. */
    private record Held(RetainedValue value, long writtenAt) {}

    /** @param mostBytes how much all of them may take */
    RetainedValues(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    int count() {
        return values.size();
    }

    /** What all of them take, about. */
    long bytes() {
        return bytes;
    }

    /** A message was written to a place behind all others. */
    void stored(long sequence, long timeMillis, Message message, long location) {
        Retain retain = message.options().retain();
        if (retain == Retain.NO) {
            return;
        }
        for (Topic topic : message.topics()) {
            RetainedValue value = new RetainedValue(sequence, timeMillis, message.on(topic));
            if (retain == Retain.VALUE) {
                wrote(value, location);
            } else {
                remove(value.name());
            }
        }
    }

    /** A value was written to a place behind all others. */
    void wrote(RetainedValue value, long location) {
        remove(value.name());
        values.put(value.name(), new Held(value, location));
        bySequence.add(value);
        bytes += value.bytes();
        while (bytes > mostBytes) {
            remove(bySequence.first().name());
        }
    }

    private void remove(RetainedValue.Name name) {
        Held removed = values.remove(name);
        if (removed != null) {
            forget(removed.value());
        }
    }

    private void forget(RetainedValue value) {
        bySequence.remove(value);
        bytes -= value.bytes();
    }

    /** Whether all of them are at a place or behind it. */
    boolean holdsNothingBefore(long location) {
        Iterator<Held> first = values.values().iterator();
        return !first.hasNext() || first.next().writtenAt() >= location;
    }

    /** Those whose newest record is before a place, some of them; expired ones are forgotten instead. */
    List<RetainedValue> before(long location, int mostBytes, long nowMillis) {
        List<RetainedValue> found = new ArrayList<>();
        long taken = 0;
        Iterator<Held> oldest = values.values().iterator();
        while (oldest.hasNext()) {
            Held held = oldest.next();
            if (held.writtenAt() >= location || taken >= mostBytes) {
                break;
            }
            if (held.value().isExpired(nowMillis)) {
                oldest.remove();
                forget(held.value());
            } else {
                taken += held.value().bytes();
                found.add(held.value());
            }
        }
        return found;
    }

    /** Those that have not expired, in the order of their sequence. */
    List<RetainedValue> all(long nowMillis) {
        return bySequence.stream().filter(value -> !value.isExpired(nowMillis)).toList();
    }
}
