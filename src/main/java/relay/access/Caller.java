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
 * @param identity tells it from others, and is the same however often it comes; empty: anybody, for nobody is known
 * @param rights what it may do
 * @param topics with which topics it may do that
 * @param user the user that it is; empty: it acts for any
 * @param remaining how long its credential is still good; empty: without end
 */
public record Caller(
        String identity, Set<Right> rights, TopicFilter topics, Optional<UserId> user, Optional<Duration> remaining) {
    /** Somebody who may do everything. */
    public static final Caller UNRESTRICTED = withKey("", EnumSet.allOf(Right.class), TopicFilter.ANY);

    public Caller {
        rights = Set.copyOf(rights);
    }

    static Caller withKey(String identity, Set<Right> rights, TopicFilter topics) {
        return new Caller(identity, rights, topics, Optional.empty(), Optional.empty());
    }
}
