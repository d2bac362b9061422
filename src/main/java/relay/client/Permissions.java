package relay.client;

import relay.message.TopicFilter;

/**
 * What a registration lets its client do, and for how long.
 *
 * @param topics what it may ask for
 * @param endsAtNanos when the credential that it was registered with ends, by the relay's {@link Ticker}; {@link #NEVER}
 */
public record Permissions(TopicFilter topics, long endsAtNanos) {
    /** The end of a credential that has none. */
    public static final long NEVER = Long.MAX_VALUE;

    /** Any topic, for ever. */
    public static final Permissions EVERYTHING = new Permissions(TopicFilter.ANY, NEVER);
}
