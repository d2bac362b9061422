package relay.client;

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
}
