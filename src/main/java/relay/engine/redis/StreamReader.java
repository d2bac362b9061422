package relay.engine.redis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import relay.engine.Receiver;
import relay.fatal.Fatal;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** Reads streams of messages, a few at a time, so that what is read and not yet handed on stays bounded. For any thread. */
final class StreamReader {
    /**
     * What is left of a stream.
     *
     * @param messages by growing sequence
     * @param trimmedThrough the sequence up to which messages may be missing
     * @param retained the retained value of the topic for the same recipient; where there is none, a message that clears it
     */
    record Loaded(
            Topic topic,
            Optional<UserId> recipient,
            List<Receiver.Past> messages,
            long trimmedThrough,
            Receiver.Past retained) {}

    /** How many streams are read at a time, and the share of the history's bytes that each may take. */
    private static final int AT_A_TIME = 8;

    private static final int PAGE = 100;

    /** There is no retained value. */
    private static final MessageOptions CLEARING =
            new MessageOptions(Optional.empty(), Optional.empty(), MessageOptions.Retain.CLEAR);

    /** Where an entry has its options: after the name and value of its time, those of its text, and their own name. */
    private static final int OPTIONS = 5;

    private final Keys keys;
    private final RedisOptions options;
    private final Deque<Reading> waiting = new ArrayDeque<>();
    private final AtomicInteger turns = new AtomicInteger();
    private int active;

    StreamReader(Keys keys, RedisOptions options) {
        this.keys = keys;
        this.options = options;
    }

    /**
     * Reads the newest part of a stream that fits: into an eighth of the history's bytes, and into the room there is; nothing of it
     * where no history is held. The retained value beside it comes in any case.
     *
     * @param after the sequence after which messages are wanted
     * @param through the last that is wanted
     * @param room how many bytes of text there is room for, in this stream and in others
     */
    CompletionStage<Loaded> load(
            RedisConnection connection,
            Topic topic,
            Optional<UserId> recipient,
            long after,
            long through,
            AtomicLong room) {
        int page = options.holdsHistory() ? PAGE : 0;
        return read(new Reading(connection, topic, recipient, after, through, room, page));
    }

    /** Reads the retained value of a topic, and nothing of its stream. */
    CompletionStage<Loaded> value(RedisConnection connection, Topic topic, Optional<UserId> recipient) {
        return read(new Reading(connection, topic, recipient, 0, Long.MAX_VALUE, new AtomicLong(), 0));
    }

    private CompletionStage<Loaded> read(Reading reading) {
        synchronized (this) {
            waiting.add(reading);
        }
        proceed();
        return reading.result;
    }

    /** One that fails at once has ended before this returns: hence no recursion, but the thread that is at it goes on. */
    private void proceed() {
        if (turns.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            for (Reading next = poll(); next != null; next = poll()) {
                next.readPage();
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

    private void ended() {
        synchronized (this) {
            active--;
        }
        proceed();
    }

    /** One stream, page by page. */
    private final class Reading {
        private final RedisConnection connection;
        private final Topic topic;
        private final Optional<UserId> recipient;
        private final long after;
        private final AtomicLong room;

        /** How many messages a page has; 0: none is read. */
        private final int page;

        private final CompletableFuture<Loaded> result = new CompletableFuture<>();
        private final List<Receiver.Past> newestFirst = new ArrayList<>();
        private long through;
        private long bytes;

        /** Comes with the first page. */
        private Receiver.@Nullable Past retained;

        Reading(
                RedisConnection connection,
                Topic topic,
                Optional<UserId> recipient,
                long after,
                long through,
                AtomicLong room,
                int page) {
            this.connection = connection;
            this.topic = topic;
            this.recipient = recipient;
            this.after = after;
            this.through = through;
            this.room = room;
            this.page = page;
        }

        void readPage() {
            connection
                    .call(
                            Script.PAST,
                            new String[] {
                                keys.stream(topic, recipient),
                                keys.log(),
                                keys.last(),
                                keys.lastBefore(),
                                keys.retained()
                            },
                            after + 1,
                            through,
                            page,
                            retained == null ? Keys.retainedField(topic, recipient) : "")
                    .whenComplete(Fatal.watched((reply, failure) -> {
                        try {
                            if (failure != null) {
                                fail(EngineException.cause(failure));
                            } else {
                                take(reply);
                            }
                        } catch (RuntimeException e) {
                            fail(e);
                        }
                    }));
        }

        private void take(Reply reply) {
            if (retained == null) {
                retained = retained(reply);
            }
            if (page == 0) {
                complete(reply.number(3));
                return;
            }
            List<?> entries = reply.list(2);
            for (Object entry : entries) {
                Receiver.Past message = message((List<?>) entry, reply.number(1));
                if (message.message().options().isExpired(message.ageNanos())) {
                    through = message.sequence() - 1;
                    continue;
                }
                if (message.ageNanos() > options.historyAge().toNanos()
                        || !fits(message.message().text().size())) {
                    complete(message.sequence());
                    return;
                }
                newestFirst.add(message);
                through = message.sequence() - 1;
            }
            if (entries.size() < page || through <= after) {
                long trimmed = reply.number(0);
                // Entries that were trimmed after they had been read are here.
                complete(newestFirst.isEmpty() ? trimmed : Math.min(trimmed, through));
            } else {
                readPage();
            }
        }

        private boolean fits(int size) {
            bytes += size;
            return bytes <= options.historyBytes() / AT_A_TIME && room.addAndGet(-size) >= 0;
        }

        private void complete(long trimmedThrough) {
            Collections.reverse(newestFirst);
            ended();
            result.complete(
                    new Loaded(topic, recipient, newestFirst, trimmedThrough, Objects.requireNonNull(retained)));
        }

        private void fail(Throwable cause) {
            ended();
            result.completeExceptionally(cause);
        }

        private Receiver.Past retained(Reply page) {
            byte[] value = page.bytes(4);
            long now = page.number(1);
            return value.length == 0
                    ? new Receiver.Past(
                            page.number(3), now, new Message(List.of(topic), recipient, Text.of("null"), CLEARING), 0)
                    : RetainedValue.parse(topic, recipient, value, now);
        }

        private Receiver.Past message(List<?> entry, long now) {
            String id = Reply.text(entry.get(0));
            List<?> fields = (List<?>) entry.get(1);
            long time = Long.parseLong(Reply.text(fields.get(1)));
            Text text = Text.ofUtf8((byte[]) fields.get(3), 0);
            MessageOptions options =
                    fields.size() > OPTIONS ? OptionsField.parse(Reply.text(fields.get(OPTIONS))) : MessageOptions.NONE;
            return new Receiver.Past(
                    Long.parseLong(id.substring(0, id.indexOf('-'))),
                    time,
                    new Message(List.of(topic), recipient, text, options),
                    ageNanos(now, time));
        }
    }

    static long ageNanos(long now, long timeMillis) {
        return Duration.ofMillis(Math.max(0, now - timeMillis)).toNanos();
    }
}
