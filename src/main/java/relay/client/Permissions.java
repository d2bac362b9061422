package relay.client;

import java.time.Duration;
import java.util.Optional;
import relay.message.TopicFilter;

/**
 * What a client may do, and for how long. Immutable, for any thread.
 *
 * @param own the topics that its registration allows, whatever its credential does
 * @param granted the topics that its credential allows: a token that renews it may grant others
 * @param publish the topics that its registration allows it to publish to
 * @param endsAtNanos when its credential expires, in nanoseconds of the relay's ticker, or {@link #NEVER}
 */
public record Permissions(TopicFilter own, TopicFilter granted, TopicFilter publish, long endsAtNanos) {
    /** For a credential that does not expire. */
    public static final long NEVER = Long.MAX_VALUE;

    /** It may subscribe to any topic, for ever. */
    public static final Permissions EVERYTHING = new Permissions(TopicFilter.ANY, TopicFilter.ANY, NEVER);

    /** Longer times do not fit into nanoseconds; nobody will notice the difference. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** Those of a client that publishes nothing. */
    public Permissions(TopicFilter own, TopicFilter granted, long endsAtNanos) {
        this(own, granted, TopicFilter.NONE, endsAtNanos);
    }

    /**
     * What a credential permits to a client that publishes nothing.
     *
     * @param own the topics that the registration allows
     * @param granted the topics that the credential allows
     * @param left how long the credential is still valid; empty: it does not expire
     * @param nowNanos the relay's ticker now
     */
    public static Permissions of(TopicFilter own, TopicFilter granted, Optional<Duration> left, long nowNanos) {
        if (own == TopicFilter.ANY && granted == TopicFilter.ANY && left.isEmpty()) {
            return EVERYTHING;
        }
        return new Permissions(
                own, granted, left.map(time -> end(nowNanos, time)).orElse(NEVER));
    }

    /** The same, but the client may publish to these topics. */
    public Permissions withPublish(TopicFilter topics) {
        return new Permissions(own, granted, topics, endsAtNanos);
    }

    /**
     * The same with another credential.
     *
     * @param credential says what that allows, and until when
     */
    public Permissions renewed(Permissions credential) {
        return new Permissions(own, credential.granted(), publish, credential.endsAtNanos());
    }

    private static long end(long nowNanos, Duration left) {
        long end = nowNanos + (left.compareTo(LONGEST) < 0 ? left : LONGEST).toNanos();
        // The ticker may come to any number.
        return end == NEVER ? end - 1 : end;
    }

    /** The topics that it may subscribe to. */
    public TopicFilter topics() {
        return own.and(granted);
    }

    /** Whether its credential expires, as that of a token does: then another one may renew it. */
    public boolean hasEnd() {
        return endsAtNanos != NEVER;
    }
}
