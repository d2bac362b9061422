package relay.client;

import java.time.Duration;
import java.util.Optional;
import relay.message.TopicFilter;

/**
 * What a client may do, and for how long.
 *
 * @param topics the topics that it may subscribe to
 * @param endsAtNanos when the credential that registered it expires, in nanoseconds of the relay's ticker, or {@link #NEVER}
 */
public record Permissions(TopicFilter topics, long endsAtNanos) {
    /** For a credential that does not expire. */
    public static final long NEVER = Long.MAX_VALUE;

    /** Any topic, for ever. */
    public static final Permissions EVERYTHING = new Permissions(TopicFilter.ANY, NEVER);

    /** Longer times do not fit into nanoseconds; nobody will notice the difference. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** What a registration and a credential both allow. */
    public static Permissions of(TopicFilter own, TopicFilter granted, Optional<Duration> left, long nowNanos) {
        return new Permissions(
                own.and(granted),
                left.map(time -> nowNanos + (time.compareTo(LONGEST) < 0 ? time : LONGEST).toNanos())
                        .orElse(NEVER));
    }
}
