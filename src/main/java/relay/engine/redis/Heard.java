package relay.engine.redis;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import relay.engine.Event;
import relay.message.Message;
import relay.message.MessageId;

/**
 * What is said to scripts in addition, so that the backend hears of what they do; nothing, where it hears of nothing. Immutable, for any
 * thread.
 *
 * @param most how many events may wait; 0: the backend hears of none
 */
record Heard(Keys keys, int most) {
    /** For how long after the end of a message's time it may be told that it was received before. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private boolean nothing() {
        return most == 0;
    }

    /** The keys of a script that changes a registration. */
    String[] keys(String... others) {
        return nothing() ? others : and(others, keys.events(), keys.present());
    }

    /** The keys of one that only has it again. */
    String[] keysOfPresent(String... others) {
        return nothing() ? others : and(others, keys.present());
    }

    private static String[] and(String[] others, String... more) {
        return Stream.of(others, more).flatMap(Stream::of).toArray(String[]::new);
    }

    /** The arguments of a script that changes a registration. */
    Object[] arguments(Object... others) {
        return nothing()
                ? others
                : Stream.concat(Stream.of(others), Stream.of(most)).toArray();
    }

    /** The last arguments of the script that publishes a message. */
    List<Object> watching(Message message) {
        if (nothing() || !message.mayComeToNobody()) {
            return List.of();
        }
        // Where it is published is known to the script only.
        Event.Undelivered event =
                new Event.Undelivered(new MessageId("", 0), message.topics(), message.recipient(), Optional.empty());
        return List.of(
                keys.watched(),
                keys.watchedEvents(),
                keys.outbox(),
                most,
                message.options().ttl().orElseThrow().plus(GRACE),
                EventText.afterId(event));
    }
}
