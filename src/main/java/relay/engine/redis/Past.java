package relay.engine.redis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import relay.engine.Receiver;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** Reads strands, a few at a time, so that what is read and not yet handed on stays bounded. For any thread. */
final class Past {
    /**
     * What is left of a strand.
     *
     * @param messages by growing sequence
     * @param trimmedThrough the sequence up to which messages may be missing
     */
    record Loaded(Topic topic, Optional<UserId> recipient, List<Receiver.Past> messages, long trimmedThrough) {}

    /** How many strands are read at a time, and the share of the history's bytes that each may take. */
    private static final int AT_A_TIME = 8;

    private static final int PAGE = 100;
    private static final Duration LONGER = Duration.ofDays(1);

    private final Names names;
    private final RedisOptions options;
    private final Deque<Reading> waiting = new ArrayDeque<>();
    private final AtomicInteger turns = new AtomicInteger();
    private int active;

    Past(Names names, RedisOptions options) {
        this.names = names;
        this.options = options;
    }

    /** How long the server keeps a strand that nothing is published on: a whole number of hours. */
    static long strandHours(RedisOptions options) {
        return options.historyAge().plus(LONGER).toHours() + 1;
    }

    /** How many bytes of text are read of one strand. */
    long share() {
        return options.historyBytes() / AT_A_TIME;
    }

    /**
     * Reads the newest part of a strand that fits.
     *
     * @param after the sequence after which messages are wanted
     * @param through the last that is wanted
     * @param room how many bytes of text there is room for, in this strand and in others
     */
    CompletionStage<Loaded> load(
            Session session, Topic topic, Optional<UserId> recipient, long after, long through, AtomicLong room) {
        Reading reading = new Reading(session, topic, recipient, after, through, room);
        synchronized (this) {
            waiting.add(reading);
        }
        proceed();
        return reading.result;
    }

    private void ended() {
        synchronized (this) {
            active--;
        }
        proceed();
    }

    /** One that fails at once has ended before this returns: hence no recursion, but whoever is at it goes on. */
    private void proceed() {
        if (turns.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            for (Reading next = poll(); next != null; next = poll()) {
                next.next();
            }
            seen = turns.addAndGet(-seen);
        } while (seen > 0);
    }

    private synchronized @Nullable Reading poll() {
        Reading next = active < AT_A_TIME ? waiting.poll() : null;
        if (next != null) {
            active++;
        }
        return next;
    }

    /** One strand, page by page. */
    private final class Reading {
        private final Session session;
        private final Topic topic;
        private final Optional<UserId> recipient;
        private final long after;
        private final AtomicLong room;
        private final CompletableFuture<Loaded> result = new CompletableFuture<>();
        private final List<Receiver.Past> newestFirst = new ArrayList<>();
        private long through;
        private long bytes;

        Reading(Session session, Topic topic, Optional<UserId> recipient, long after, long through, AtomicLong room) {
            this.session = session;
            this.topic = topic;
            this.recipient = recipient;
            this.after = after;
            this.through = through;
            this.room = room;
        }

        void next() {
            session.call(
                            Script.PAST,
                            new String[] {names.strand(topic, recipient), names.log(), names.last(), names.lastBefore()
                            },
                            Bytes.of(after + 1),
                            Bytes.of(through),
                            Bytes.of(PAGE))
                    .whenComplete((answer, failure) -> {
                        try {
                            take(answer, failure);
                        } catch (RuntimeException e) {
                            end();
                            result.completeExceptionally(e);
                        }
                    });
        }

        private void take(List<Object> answer, @Nullable Throwable failure) {
            if (failure != null) {
                end();
                result.completeExceptionally(Session.cause(failure));
                return;
            }
            long now = Bytes.number(answer, 1);
            List<?> entries = (List<?>) answer.get(2);
            for (Object entry : entries) {
                Receiver.Past message = message((List<?>) entry, now);
                int size = message.message().text().size();
                if (message.ageNanos() > options.historyAge().toNanos() || !fits(size)) {
                    complete(message.sequence());
                    return;
                }
                newestFirst.add(message);
                through = message.sequence() - 1;
            }
            if (entries.size() < PAGE || through <= after) {
                long trimmed = Bytes.number(answer, 0);
                // Entries that were trimmed after they had been read are here.
                complete(newestFirst.isEmpty() ? trimmed : Math.min(trimmed, through));
            } else {
                next();
            }
        }

        private boolean fits(int size) {
            bytes += size;
            return bytes <= share() && room.addAndGet(-size) >= 0;
        }

        private void complete(long trimmedThrough) {
            Collections.reverse(newestFirst);
            end();
            result.complete(new Loaded(topic, recipient, newestFirst, trimmedThrough));
        }

        private void end() {
            ended();
        }

        private Receiver.Past message(List<?> entry, long now) {
            String id = Bytes.text((byte[]) entry.get(0));
            List<?> fields = (List<?>) entry.get(1);
            long time = Long.parseLong(Bytes.text((byte[]) fields.get(1)));
            Text text = Text.ofUtf8((byte[]) fields.get(3), 0);
            return new Receiver.Past(
                    Long.parseLong(id.substring(0, id.indexOf('-'))),
                    new Message(topic, recipient, text),
                    Duration.ofMillis(Math.max(0, now - time)).toNanos());
        }
    }
}
