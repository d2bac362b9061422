package relay.history;

import java.util.Optional;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Finds the sequence after which somebody wants the messages of a topic, or of all topics that match a pattern: the last so many of a
 * pattern are those of all its topics together. For any thread.
 */
public final class Starts {
    private final MessageLog log;

    /**
     * Where the messages of a topic begin that somebody wants.
     *
     * @param after the sequence after which they come
     * @param gap why some before them cannot be had; that some are trimmed is found when they are read
     * @param asked the last message before them as it was asked for: what a gap names
     * @param complete whether all that is held is wanted, and nothing else: then nothing that was trimmed is missing
     */
    public record Start(long after, Optional<Gap.Reason> gap, MessageId asked, boolean complete) {}

    public Starts(MessageLog log) {
        this.log = log;
    }

    /**
     * Finds it.
     *
     * @param user whose messages are wanted beside those for everybody; empty: nobody's
     * @param present the sequence up to which messages are of the past
     */
    public Start of(Topic topic, Optional<UserId> user, StartPosition start, long present) {
        History history = log.history();
        if (start instanceof StartPosition.After after) {
            return after(after.id(), topic, user);
        }
        if (start instanceof StartPosition.Resume resume) {
            return after(log.epochs().id(resume.starts().getOrDefault(topic, present)), topic, user);
        }
        if (start instanceof StartPosition.Since since) {
            long after = Math.min(history.startOfSince(topic, user, since.time()), present);
            // What was accepted since then may have been lost.
            return after(log.epochs().id(after), topic, user);
        }
        if (start instanceof StartPosition.All) {
            return all(history.startOfAll(topic, user, present), topic, user);
        }
        if (start instanceof StartPosition.Last last) {
            long after = history.startOfLast(topic, user, last.count(), present);
            return isFewer(last.count(), after, topic, user, present) ? all(after, topic, user) : at(after, false);
        }
        return at(present, false);
    }

    /** Retained values are held too, perhaps for longer than any message of the history. */
    private Start all(long after, Topic topic, Optional<UserId> user) {
        return at(Math.min(after, log.retained().startOfAll(topic, user, after)), true);
    }

    /** Whether the history has fewer than the last so many messages. */
    private boolean isFewer(int count, long after, Topic topic, Optional<UserId> user, long present) {
        return count > 0
                && !log.retained().isEmpty()
                && log.history().startOfLast(topic, user, count - 1, present) == after;
    }

    private Start at(long after, boolean complete) {
        return new Start(after, Optional.empty(), log.epochs().id(after), complete);
    }

    private Start after(MessageId id, Topic topic, Optional<UserId> user) {
        return log.epochs()
                .after(id, log.lastSequence())
                .map(resumption -> new Start(resumption.after(), resumption.gap(), id, false))
                .orElseGet(() ->
                        new Start(log.history().trimmedThrough(topic, user), Optional.of(Gap.Reason.EPOCH), id, false));
    }
}
