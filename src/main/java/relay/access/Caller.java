package relay.access;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import relay.message.TopicFilter;
import relay.message.UserId;

/**
 * Whoever sends a request, as far as its credential tells.
 *
 * @param rights what it may do
 * @param topics with which topics it may do that
 * @param user the user that it is; empty: it acts for any
 * @param remaining how long its credential is still good; empty: without end
 */
public record Caller(Set<Right> rights, TopicFilter topics, Optional<UserId> user, Optional<Duration> remaining) {
    /** Somebody who may do everything. */
    public static final Caller UNRESTRICTED = withKey(EnumSet.allOf(Right.class), TopicFilter.ANY);

    public Caller {
        rights = Set.copyOf(rights);
    }

    static Caller withKey(Set<Right> rights, TopicFilter topics) {
        return new Caller(rights, topics, Optional.empty(), Optional.empty());
    }
}
