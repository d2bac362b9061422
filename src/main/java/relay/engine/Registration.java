package relay.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import relay.client.Overflow;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/**
 * A registration as an engine keeps it.
 *
 * @param topics what it asks for, and for each the sequence after which it wants messages; 0: after its first cursor, or,
 *     where {@code keep} is 0, from its first connection on
 * @param allowed what it may ask for, by the registration itself
 * @param granted what it may ask for by its credential: only what both allow
 * @param publish what it may publish to
 * @param keep how long it outlives a lost connection; zero: not at all
 * @param overflow what happens when its send queue is full
 * @param ends when its credential expires; empty: never
 */
public record Registration(
        ClientId id,
        UserId user,
        Map<Topic, Long> topics,
        TopicFilter allowed,
        TopicFilter granted,
        TopicFilter publish,
        Duration keep,
        Overflow overflow,
        Optional<Instant> ends) {
    /** One that publishes nothing, and is closed when its send queue is full. */
    public Registration(
            ClientId id,
            UserId user,
            Map<Topic, Long> topics,
            TopicFilter allowed,
            TopicFilter granted,
            Duration keep,
            Optional<Instant> ends) {
        this(id, user, topics, allowed, granted, TopicFilter.NONE, keep, Overflow.CLOSE, ends);
    }

    /** The same, but it asks for these topics. */
    public Registration with(Map<Topic, Long> others) {
        return new Registration(id, user, others, allowed, granted, publish, keep, overflow, ends);
    }

    /** The same, but it may ask for and publish to these topics, as far as its credential goes. */
    public Registration changed(TopicFilter nowAllowed, TopicFilter nowPublish) {
        return new Registration(id, user, topics, nowAllowed, granted, nowPublish, keep, overflow, ends);
    }

    /** The same, but with another credential. */
    public Registration renewed(TopicFilter nowGranted, Optional<Instant> nowEnds) {
        return new Registration(id, user, topics, allowed, nowGranted, publish, keep, overflow, nowEnds);
    }
}
