package relay.hub;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Archive;
import relay.engine.Engine;
import relay.history.MessageLog;
import relay.history.Starts;
import relay.history.TopicLogKey;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/** The past of a topic or pattern, page by page, for whoever has no connection. For any thread; nothing blocks. */
public final class Past {
    private static final Logger LOG = LoggerFactory.getLogger(Past.class);

    /** How many pages are read from the archive at a time: clients that catch up read from it too. */
    static final int MOST_FROM_ARCHIVE = 8;

    /** How much text a page has, unless its first message alone is larger. */
    static final int PAGE_BYTES = 1 << 20;

    private final Engine engine;
    private final MessageLog log;
    private final Starts starts;
    private final Archive archive;
    private final Waiters waiters;
    private final Executor executor;

    /** A permit for each page that may be read from the archive. */
    private final Semaphore archiveReads = new Semaphore(MOST_FROM_ARCHIVE);

    /**
     * What is asked for.
     *
     * @param topic a pattern stands for all topics that match it: their messages come as one
     * @param user whose messages are read beside those for everybody; empty: nobody's
     * @param limit how many messages at most, from 1
     */
    public record Question(Topic topic, Optional<UserId> user, StartPosition start, int limit) {}

    /**
     * Messages by growing id.
     *
     * @param gap what is missing before the first of them
     * @param next what to go on after: nothing that comes behind these messages is before it
     * @param full whether it ended because it was full: then there may be more
     * @param ageNanos how old the first message is at most; negative if that is not known
     */
    public record Page(List<AcceptedMessage> messages, Optional<Gap> gap, MessageId next, boolean full, long ageNanos) {
        /** Whether it says nothing but where to go on. */
        public boolean isEmpty() {
            return messages.isEmpty() && gap.isEmpty();
        }
    }

    /** @param executor goes on with what waited for the engine or for a message */
    Past(Engine engine, MessageLog log, Waiters waiters, Executor executor) {
        this.engine = engine;
        this.log = log;
        this.starts = new Starts(log);
        this.archive = engine.archive().orElse(Archive.NONE);
        this.waiters = waiters;
        this.executor = executor;
    }

    /**
     * Reads a page.
     *
     * @return completes in any thread; fails with {@link UnavailableException} if the engine does not work, or too many read
     */
    public CompletionStage<Page> page(Question question) {
        return follow(question)
                .thenCompose(hold -> read(question, true).whenComplete((page, failure) -> hold.release()));
    }

    /** Asks for a page, and if that is empty waits for a message. To be ended by {@link Poll#expire}. */
    public Poll poll(Question question) {
        return new Poll(this, question);
    }

    /** The engine brings messages on the topic from now on, and has brought what there is. */
    CompletionStage<Engine.Hold> follow(Question question) {
        CompletionStage<Engine.Hold> following =
                engine.follow(Set.of(question.topic()), Optional.of(new Engine.Reader(question.user())));
        // An engine that others share answers by a thread of its own, which has other work.
        return engine.peers().isPresent() ? following.thenApplyAsync(hold -> hold, executor) : following;
    }

    /**
     * Reads a page of a topic that is followed.
     *
     * @param anew whether messages of the topic may have been forgotten since whoever asks has looked last
     */
    CompletionStage<Page> read(Question question, boolean anew) {
        long present = log.lastSequence();
        Starts.Start start = starts.of(question.topic(), question.user(), question.start(), present);
        return new PageReading(this, question, start, Math.max(present, start.after()), anew).begin();
    }

    /** One that is woken by the next message that an answer to the question would have. */
    Waiters.Waiter waiter(Question question, Runnable wake) {
        TopicLogKey forAll = new TopicLogKey(question.topic(), Optional.empty());
        return waiters.waiter(
                question.user().isPresent()
                        ? List.of(forAll, new TopicLogKey(question.topic(), question.user()))
                        : List.of(forAll),
                wake);
    }

    /** Whether nobody waits any more. */
    boolean isLeaving() {
        return waiters.isEnded();
    }

    MessageLog log() {
        return log;
    }

    Archive archive() {
        return archive;
    }

    Executor executor() {
        return executor;
    }

    /** Runs a step of a request in a thread of the pool; not any more when that has stopped, and all requests with it. */
    void execute(Runnable step) {
        try {
            executor.execute(step);
        } catch (RejectedExecutionException e) {
            LOG.debug("a request is not gone on with: {}", e.toString());
        }
    }

    /**
     * Takes one of the places for reading from the archive, to be given back by {@link #leaveArchive}.
     *
     * @throws UnavailableException if there is none
     */
    void enterArchive() {
        if (!archiveReads.tryAcquire()) {
            throw UnavailableException.archiveIsBusy();
        }
    }

    void leaveArchive() {
        archiveReads.release();
    }
}
