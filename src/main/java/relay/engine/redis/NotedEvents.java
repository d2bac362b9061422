package relay.engine.redis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * What this relay has to say to the server about events, and has not said yet: in its order, one call at a time, again until the server
 * has it. At the bound the oldest are dropped that are not under way: the backend is told how many events, and may be told of a message
 * that it did not arrive though it did. For any thread.
 */
final class NotedEvents {
    private static final Logger LOG = LoggerFactory.getLogger(NotedEvents.class);
    private static final int MOST_AT_A_TIME = 1000;

    /** How many characters the events of one call have, about: one that names a hundred topics is long. */
    private static final int CHARACTERS_AT_A_TIME = 1 << 20;

    private static final int MOST_CHARACTERS = 16 << 20;

    /** For how long the server knows which events it has: longer than an answer may be late. */
    private static final Duration KNOWN = Duration.ofHours(1);

    private final Keys keys;
    private final CurrentConnection server;
    private final int most;
    private final Deque<String> events = new ArrayDeque<>();
    private final Deque<Long> received = new ArrayDeque<>();
    private List<String> eventsUnderWay = List.of();
    private List<Long> receivedUnderWay = List.of();
    private long droppedBeforeThese;
    private long numberBeforeThese;
    private long characters;
    private long dropped;
    private boolean calling;
    private boolean complained;

    /** @param most how many of each may wait */
    NotedEvents(Keys keys, CurrentConnection server, int most) {
        this.keys = keys;
        this.server = server;
        this.most = most;
    }

    synchronized void add(String event) {
        events.add(event);
        characters += event.length();
        while (events.size() > most || (characters > MOST_CHARACTERS && events.size() > 1)) {
            characters -= events.remove().length();
            dropped++;
        }
    }

    synchronized void received(long sequence) {
        received.add(sequence);
        if (received.size() > most) {
            received.remove();
            if (!complained) {
                complained = true;
                LOG.warn(
                        "the engine was not told of {} messages that they were received: the backend may hear that some were not",
                        most);
            }
        }
    }

    /**
     * Writes what there is, if nothing is being written.
     *
     * @param written is called when the server has something more
     */
    void write(Runnable written) {
        List<Object> arguments = new ArrayList<>();
        synchronized (this) {
            if (calling || !begin()) {
                return;
            }
            calling = true;
            arguments.addAll(List.of(most, KNOWN, numberBeforeThese, droppedBeforeThese, eventsUnderWay.size()));
            arguments.addAll(eventsUnderWay);
            arguments.addAll(receivedUnderWay);
        }
        CompletionStage<Reply> answer = server.call(
                Script.NOTE,
                new String[] {keys.events(), keys.outbox(), keys.lastEvent(), keys.watched(), keys.watchedEvents()},
                arguments.toArray());
        var unused = answer.whenComplete(Fatal.watched((reply, failure) -> {
            ended(failure == null);
            if (failure == null) {
                written.run();
                write(written);
            }
        }));
    }

    /** Whether there is something; what has failed goes again as it was. */
    private boolean begin() {
        if (eventsUnderWay.isEmpty() && receivedUnderWay.isEmpty()) {
            eventsUnderWay = someEvents();
            receivedUnderWay = someReceived();
            droppedBeforeThese = eventsUnderWay.isEmpty() ? 0 : dropped;
            dropped -= droppedBeforeThese;
        }
        return !eventsUnderWay.isEmpty() || !receivedUnderWay.isEmpty();
    }

    private List<String> someEvents() {
        List<String> some = new ArrayList<>();
        long left = characters - CHARACTERS_AT_A_TIME;
        while (some.size() < MOST_AT_A_TIME && !events.isEmpty() && (some.isEmpty() || characters > left)) {
            String event = events.remove();
            characters -= event.length();
            some.add(event);
        }
        return some;
    }

    private List<Long> someReceived() {
        List<Long> some = new ArrayList<>();
        while (some.size() < MOST_AT_A_TIME && !received.isEmpty()) {
            some.add(received.remove());
        }
        return some;
    }

    private synchronized void ended(boolean done) {
        calling = false;
        if (done) {
            numberBeforeThese += eventsUnderWay.size();
            eventsUnderWay = List.of();
            receivedUnderWay = List.of();
            complained = false;
        }
    }
}
