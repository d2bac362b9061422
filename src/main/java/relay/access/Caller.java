package relay.access;

import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/**
 * The sender of a request, as its credential describes it.
 *
 * @param identity the same for all requests of one caller; empty if there is no credential
 * @param rights what it may do
 * @param topics the topics with which it may do that
 * @param user the user that it is; empty: it acts for any user
 * @param remaining how long its credential is still valid; empty: without an end
 */
public record Caller(
        String identity, Set<Right> rights, TopicFilter topics, Optional<UserId> user, Optional<Duration> remaining) {
    /** A caller that may do everything. */
    public static final Caller UNRESTRICTED = withKey("", EnumSet.allOf(Right.class), TopicFilter.ANY);

    /** What a token lets its bearer do. */
    static final Set<Right> RIGHTS_OF_TOKENS = Set.of(Right.REGISTER, Right.SUBSCRIBE);

    public Caller {
        rights = Set.copyOf(rights);
    }

    /**
     * Checks that it may subscribe to all of these topics; to a pattern if it may to everything that it covers.
     *
     * @throws AccessDeniedException if not
     */
    public void requireTopics(Collection<Topic> wanted) {
        topics.refused(wanted).ifPresent(topic -> {
            String all = topic.isPattern() ? "everything that matches " : "";
            throw AccessDeniedException.forbidden(
                    topics.isNothing()
                            ? "this credential may subscribe to nothing: its list of topics is empty"
                            : "this credential may not subscribe to " + all + "\"" + topic + "\": it may to " + topics);
        });
    }

    /**
     * Checks that it has a right beside the one that its request needed.
     *
     * @throws AccessDeniedException if not
     */
    public void require(Right right) {
        if (!rights.contains(right)) {
            throw AccessDeniedException.insufficient(right);
        }
    }

    /**
     * Whose messages it asks for: its own user's, or of one who acts for any user those of the user that it names.
     *
     * @param named the user that a request names; empty: it names none
     * @throws AccessDeniedException if that is another than its own
     */
    public Optional<UserId> actsFor(Optional<UserId> named) {
        if (user.isPresent() && named.isPresent() && !named.equals(user)) {
            throw AccessDeniedException.forbidden(
                    "user_id is not the token's sub: leave it out, or send \"" + user.get() + "\"");
        }
        return user.or(() -> named);
    }

    static Caller withKey(String identity, Set<Right> rights, TopicFilter topics) {
        return new Caller(identity, rights, topics, Optional.empty(), Optional.empty());
    }
}
