package relay.hub;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import relay.engine.Epochs;
import relay.engine.Receiver;
import relay.fatal.Fatal;
import relay.history.History;
import relay.history.HistoryReader;
import relay.history.HistoryReader.Archived;
import relay.history.RetainedReader;
import relay.history.Starts;
import relay.history.StoredMessage;
import relay.history.TopicLogKey;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UnavailableException;

/**
 * One page on its way. A gap is only ever before its first message: where something is missing behind that, the page ends, and the next
 * one begins with the gap. By one thread at a time: the caller's, and where the archive is read those of the pool.
 */
final class PageReading {
    /** What is read may be trimmed meanwhile, or be loaded anew: so often it begins again. */
    private static final int MOST_ATTEMPTS = 16;

    private final Past past;
    private final Past.Question question;
    private final Starts.Start start;
    private final long through;
    private final boolean anew;
    private final History history;
    private final Epochs epochs;
    private final CompletableFuture<Past.Page> result = new CompletableFuture<>();
    private final List<AcceptedMessage> entries = new ArrayList<>();
    private Optional<Gap> gap = Optional.empty();

    /** Everything up to here is in the page, or told of, or not wanted. */
    private long position;

    private long bytes;
    private boolean full;
    private int attempts;
    private HistoryReader reader;
    private final Map<TopicLogKey, Long> known = new HashMap<>();
    private boolean readsArchive;

    /** @param through the last sequence that is wanted */
    PageReading(Past past, Past.Question question, Starts.Start start, long through, boolean anew) {
        this.past = past;
        this.question = question;
        this.start = start;
        this.through = through;
        this.anew = anew;
        this.history = past.log().history();
        this.epochs = past.log().epochs();
        this.position = start.after();
        this.reader = newReader();
    }

    CompletionStage<Past.Page> begin() {
        start.gap().ifPresent(reason -> tell(reason, start.asked()));
        if (history.isDamagedAfter(position)) {
            tell(Gap.Reason.DAMAGED, epochs.id(position));
        }
        readAll();
        return result;
    }

    private HistoryReader newReader() {
        return new HistoryReader(
                history,
                new HistoryReader.Query(
                        Map.of(question.topic(), position),
                        Optional.empty(),
                        question.user(),
                        position,
                        through,
                        anew ? Long.MAX_VALUE : 0,
                        known),
                new RetainedReader(
                        past.log().retained(),
                        Map.of(question.topic(), new RetainedReader.Span(position, through)),
                        question.user(),
                        Optional.empty()));
    }

    /** One gap is enough, whatever is missing. */
    private void tell(Gap.Reason reason, MessageId after) {
        if (gap.isEmpty()) {
            gap = Optional.of(new Gap(question.topic(), after, reason));
        }
    }

    private void readAll() {
        try {
            if (lookUp()) {
                readMore();
            }
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            fail(e);
        }
    }

    /** False if the page is at its end. */
    private boolean lookUp() {
        reader.lookUp(Integer.MAX_VALUE);
        if (reader.takeTrimmed().isEmpty()) {
            return true;
        }
        if (!entries.isEmpty()) {
            end(true);
            return false;
        }
        if (!start.complete()) {
            tell(Gap.Reason.TRIMMED, epochs.id(position));
        }
        return true;
    }

    /** Takes what was read; false if the page is at its end, or it goes on when the archive has answered. */
    private boolean take(HistoryReader.Page page) {
        for (StoredMessage message : page.messages()) {
            if (!add(message.accepted(epochs))) {
                return false;
            }
        }
        if (!page.archived().isEmpty()) {
            readArchived(page.archived(), page.rest());
            return false;
        }
        return goOn(page.rest());
    }

    /** Whether there may be more. */
    private boolean goOn(HistoryReader.Rest rest) {
        boolean atLimit = entries.size() == question.limit();
        if (!atLimit && rest == HistoryReader.Rest.NOTHING && reader.through() < through) {
            position = reader.through();
            reader = newReader();
            return lookUp();
        }
        if (atLimit || rest == HistoryReader.Rest.NOTHING || bytes >= Past.PAGE_BYTES) {
            end(atLimit || rest != HistoryReader.Rest.NOTHING);
            return false;
        }
        return rest == HistoryReader.Rest.MORE || again();
    }

    /** What was looked up is not right any more. */
    private boolean again() {
        if (!entries.isEmpty()) {
            end(true);
            return false;
        }
        if (++attempts == MOST_ATTEMPTS) {
            throw UnavailableException.engine("the messages go as fast as they are read: try again");
        }
        reader = newReader();
        return lookUp();
    }

    /** Adds a message; false if it does not fit any more: then the page has ended. */
    private boolean add(AcceptedMessage message) {
        int size = message.message().text().size();
        if (!entries.isEmpty() && bytes + size > Past.PAGE_BYTES) {
            end(true);
            return false;
        }
        entries.add(message);
        bytes += size;
        position = message.sequence();
        return true;
    }

    private void readArchived(List<Archived> messages, HistoryReader.Rest rest) {
        if (!readsArchive) {
            past.enterArchive();
            readsArchive = true;
        }
        past.archive()
                .read(messages.stream().mapToLong(Archived::location).toArray(), (int)
                        Math.max(1, Past.PAGE_BYTES - bytes))
                .whenCompleteAsync(
                        Fatal.watched((read, failure) -> {
                            if (read == null) {
                                fail(failure == null ? new IllegalStateException("nothing was read") : failure);
                            } else {
                                takeArchived(messages, read, rest);
                            }
                        }),
                        past.executor());
    }

    private void takeArchived(List<Archived> asked, List<Optional<Receiver.Past>> read, HistoryReader.Rest rest) {
        try {
            for (int i = 0; i < read.size(); i++) {
                Archived one = asked.get(i);
                Optional<Receiver.Past> past = read.get(i);
                if (past.isPresent() && past.get().hasExpired()) {
                    position = one.sequence();
                    continue;
                }
                boolean more = past.isPresent() ? add(accepted(one, past.get())) : passOver(one.sequence());
                if (!more) {
                    return;
                }
            }
            if (read.size() < asked.size() && bytes < Past.PAGE_BYTES) {
                readArchived(asked.subList(read.size(), asked.size()), rest);
            } else if (goOn(read.size() < asked.size() ? HistoryReader.Rest.MORE : rest)) {
                readMore();
            }
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            fail(e);
        }
    }

    private AcceptedMessage accepted(Archived one, Receiver.Past past) {
        Message message = past.message();
        Topic topic = message.topics().stream()
                .filter(question.topic()::matches)
                .findFirst()
                .orElse(one.log().topic());
        return new AcceptedMessage(epochs.id(one.sequence()), past.timeMillis(), message.on(topic));
    }

    private void readMore() {
        boolean more = true;
        while (more) {
            more = take(reader.next(question.limit() - entries.size(), Past.PAGE_BYTES - bytes));
        }
    }

    /** A message cannot be read; false if the page does not go on behind it now. */
    private boolean passOver(long sequence) {
        if (history.isTrimmed(sequence)) {
            if (again()) {
                readMore();
            }
            return false;
        }
        if (!entries.isEmpty()) {
            end(true);
            return false;
        }
        tell(Gap.Reason.DAMAGED, epochs.id(position));
        position = sequence;
        return true;
    }

    private void end(boolean isFull) {
        full = isFull;
        long next = entries.isEmpty() && !full ? Math.max(position, through) : position;
        long ageNanos =
                entries.isEmpty() ? -1 : history.ageOf(entries.get(0).id().sequence());
        leaveArchive();
        result.complete(new Past.Page(List.copyOf(entries), gap, epochs.id(next), full, ageNanos));
    }

    private void fail(Throwable cause) {
        leaveArchive();
        result.completeExceptionally(cause);
    }

    private void leaveArchive() {
        if (readsArchive) {
            readsArchive = false;
            past.leaveArchive();
        }
    }
}
