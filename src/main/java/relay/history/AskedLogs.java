package relay.history;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The logs of a topic, or of all topics that match a pattern, that hold what is for everybody and for one user: where what is held of
 * them begins. For any thread, one at a time.
 *
 * <p>Of a topic that is one look. Of a pattern it is many, with the history's lock held for a few logs at a time: each log is seen as it
 * is at its moment. So what is trimmed meanwhile may count as held; whoever reads it then is told that it is lost.
 */
final class AskedLogs {
    private final History history;
    private final Topic topic;
    private final Optional<UserId> user;

    /** @param user whose messages count beside those for everybody; empty: nobody's */
    AskedLogs(History history, Topic topic, Optional<UserId> user) {
        this.history = history;
        this.topic = topic;
        this.user = user;
    }

    private interface Action {
        /** @param log absent if it holds nothing */
        void on(TopicLogKey key, @Nullable TopicLog log, long now);
    }

    /** The sequence up to which messages may be missing; 0 if none is. */
    long trimmedThrough() {
        return whole(asked -> {
            long[] through = {0};
            asked.forEach((key, log, now) -> through[0] =
                    Math.max(through[0], history.trimPoint(key, log).perhapsThrough()));
            return through[0];
        });
    }

    /** The sequence after which the last so many messages come, of those up to a sequence. What has expired does not count. */
    long startOfLast(int count, long through) {
        return whole(asked -> {
            LastSequences last = new LastSequences(count);
            asked.forEach((key, log, now) -> {
                if (log != null) {
                    log.addLast(last, through, now);
                }
            });
            return last.start(through);
        });
    }

    /** The sequence after which all messages come that are held, of those up to a sequence. */
    long startOfAll(long through) {
        return whole(asked -> {
            long[] first = {through + 1};
            asked.forEach((key, log, now) -> {
                if (log != null && log.begin() < log.end()) {
                    first[0] = Math.min(first[0], log.sequence(log.begin()));
                }
            });
            return first[0] - 1;
        });
    }

    /** The sequence after which messages come that were accepted after a moment: {@link History#startOfSince}. */
    long startOfSince(Duration time) {
        return whole(asked -> asked.startAtMoment(time));
    }

    private long startAtMoment(Duration time) {
        HistoryOptions options = history.options();
        boolean beyondAge = time.compareTo(options.age()) > 0;
        long begin = history.now() - (beyondAge ? time.toNanos() : Math.min(time.toNanos(), options.ageToBegin()));
        Timeline.Span[] found = {history.timelineAt(begin)};
        forEach((key, log, now) -> {
            if (log != null) {
                found[0] = log.narrowed(found[0], begin);
            }
        });
        Timeline.Span span = found[0];
        long[] after = {span.least()};
        forEach((key, log, now) -> {
            boolean isFull = log == null ? options.messages() == 0 : log.size() >= options.messages();
            long tooOld = beyondAge || isFull ? span.least() : span.most();
            after[0] = Math.max(after[0], history.trimPoint(key, log).throughWithin(tooOld));
        });
        return after[0];
    }

    private long whole(ToLongFunction<AskedLogs> question) {
        if (topic.isPattern()) {
            return question.applyAsLong(this);
        }
        synchronized (history) {
            return question.applyAsLong(this);
        }
    }

    private void forEach(Action action) {
        PatternWalk walk = null;
        synchronized (history) {
            // Of a pattern, this is what is known of topics that have no log.
            List<TopicLogKey> keys = TopicLogs.keys(topic, user);
            long now = history.now();
            keys.forEach(key -> action.on(key, history.log(key, now), now));
            if (topic.isPattern()) {
                // From before all messages: so it goes by name, and comes to each log once.
                walk = new PatternWalk(history.names(), topic, user, -1);
            }
        }
        while (walk != null && !walk.isDone()) {
            synchronized (history) {
                long now = history.now();
                walk.step(
                        HistoryReader.AT_A_TIME,
                        Long.MAX_VALUE,
                        (key, sequence) -> action.on(key, history.log(key, now), now));
            }
        }
    }
}
