package relay.message;

import java.time.Duration;
import java.util.Optional;

/**
 * What goes with a message beside its topics and its text.
 *
 * @param ttl how long after its acceptance it is delivered; empty: for as long as it is stored. From 1 s to {@link #LONGEST_TTL}
 * @param exclude the registration that does not get it
 * @param from the user whose client published it; empty: a backend did. The relay sets it, no publisher does
 */
public record MessageOptions(Optional<Duration> ttl, Optional<ClientId> exclude, Retain retain, Optional<UserId> from) {
    /** A year. */
    public static final Duration LONGEST_TTL = Duration.ofDays(365);

    /** Nothing. */
    public static final MessageOptions NONE = new MessageOptions(Optional.empty(), Optional.empty(), Retain.NO);

    /** Those of a message from a backend. */
    public MessageOptions(Optional<Duration> ttl, Optional<ClientId> exclude, Retain retain) {
        this(ttl, exclude, retain, Optional.empty());
    }

    /** Those of a message that a user's client published. */
    public static MessageOptions from(UserId user) {
        return new MessageOptions(Optional.empty(), Optional.empty(), Retain.NO, Optional.of(user));
    }

    /** These; {@link #NONE} itself if there are none. */
    public static MessageOptions of(
            Optional<Duration> ttl, Optional<ClientId> exclude, Retain retain, Optional<UserId> from) {
        boolean none = ttl.isEmpty() && exclude.isEmpty() && retain == Retain.NO && from.isEmpty();
        return none ? NONE : new MessageOptions(ttl, exclude, retain, from);
    }

    /** Whether a message becomes the retained value of its topics. */
    public enum Retain {
        /** It does not: the value stays what it is. */
        NO,
        /** It does. */
        VALUE,
        /** It clears the value. */
        CLEAR
    }

    /** Whether everybody who gets the message gets the same, whenever that is. */
    public boolean areForAll() {
        return ttl.isEmpty() && exclude.isEmpty() && retain == Retain.NO;
    }

    /** Whether the message goes to a client, as far as that depends on the options. */
    public boolean isFor(ClientId client) {
        return exclude.isEmpty() || !exclude.get().equals(client);
    }

    /** Whether a message of this age is not delivered any more. */
    public boolean isExpired(long ageNanos) {
        return ttl.isPresent() && ageNanos >= ttl.get().toNanos();
    }
}
