package relay.http;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import relay.access.AccessDeniedException;
import relay.hub.Hub;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.TopicFilter;
import relay.message.UnavailableException;
import relay.publish.PublishListener;
import relay.schedule.AnswerQueue;

/**
 * Publishes the lines of one request as they arrive.
 *
 * <p>One Jetty thread at a time reads; workers report what became of the messages. It stops reading while more than a
 * window of its messages waits for the workers, so a fast stream neither fills the memory nor holds up others.
 */
final class NdjsonPublisher implements BodyReader.Sink {
    private static final int MAX_LISTED_ERRORS = 1000;
    private static final long WINDOW_BYTES = 1 << 20;
    private static final int LINE_OVERHEAD_BYTES = 64;
    private static final int ERROR_OVERHEAD_BYTES = 80;

    /** More than a piece of a body has lines. */
    private static final long READER = 1L << 40;

    private final Exchange exchange;
    private final MessageReader messages;
    private final Hub hub;
    private final AnswerQueue answers;
    private final TopicFilter topics;
    private final LineSplitter lines;
    private final BodyReader reader;

    /**
     * The lines whose outcome is not known. The reader counts as many, and counts its lines at the end of each piece of the body, so
     * that it need not do so for each: whoever finishes last, reader or worker, finds zero and answers.
     */
    private final AtomicLong outstanding = new AtomicLong(READER);

    /** What these take; below that while a piece is being read. */
    private final AtomicLong inFlightBytes = new AtomicLong();

    private final AtomicLong queued = new AtomicLong();
    private final AtomicBoolean paused = new AtomicBoolean();

    private final List<LineError> errors = new ArrayList<>();
    private int errorBytes;
    private long rejected;

    /** How many of the rejected lines had been given to the hub. */
    private long refused;

    /** How many lines were given to the hub; of the current piece, how many, and what they take. Reading thread only. */
    private long published;

    private int publishedOfPiece;
    private long bytesOfPiece;

    /** The relay is shutting down and takes no more lines. Reading thread only. */
    private boolean shuttingDown;

    private long lineAwaited;

    private record LineError(long line, String detail) {}

    private record Summary(long accepted, long queued, long rejected, List<LineError> errors) {}

    /** @param topics what the caller may publish to */
    NdjsonPublisher(
            Exchange exchange,
            MessageReader messages,
            Hub hub,
            AnswerQueue answers,
            RequestLimits limits,
            TopicFilter topics) {
        this.exchange = exchange;
        this.messages = messages;
        this.hub = hub;
        this.answers = answers;
        this.topics = topics;
        this.lines = new LineSplitter(limits.maxBodyBytes(), this::publish, this::reject);
        this.reader = new BodyReader(exchange, limits.memory(), this);
    }

    /** Reads and publishes what has arrived, and goes on when more arrives. */
    void read() {
        reader.read();
    }

    @Override
    public void take(ByteBuffer piece) {
        try {
            lines.accept(piece);
        } finally {
            countPiece();
        }
    }

    private void countPiece() {
        inFlightBytes.addAndGet(bytesOfPiece);
        outstanding.addAndGet(publishedOfPiece);
        published += publishedOfPiece;
        bytesOfPiece = 0;
        publishedOfPiece = 0;
    }

    @Override
    public int heldBytes() {
        synchronized (errors) {
            return lines.heldBytes() + errorBytes;
        }
    }

    /** Refuses the current line and drops the list of errors; later errors are listed again. */
    @Override
    public boolean dropsHeld() {
        synchronized (errors) {
            errors.clear();
            errorBytes = 0;
        }
        lines.skip(UnavailableException.inputIsFull().detail());
        return true;
    }

    @Override
    public void complete() {
        lines.end();
        countPiece();
        readerDone();
    }

    /** A stream may be long: the time limit is for each line, from the end of the one before. */
    @Override
    public boolean hasProgressed() {
        boolean progressed = lines.number() > lineAwaited;
        lineAwaited = lines.number();
        return progressed;
    }

    private void publish(long number, ByteBuffer line) {
        try {
            Message message = messages.read(line);
            PublishServlet.requireAllowed(topics, message.topics());
            int cost = message.text().size()
                    + LINE_OVERHEAD_BYTES * message.topics().size();
            hub.publish(message, Optional.empty(), new Line(number, cost));
            publishedOfPiece++;
            bytesOfPiece += cost;
        } catch (UnavailableException e) {
            reject(number, e.detail());
            shuttingDown = !hub.takesMessages();
        } catch (InvalidInputException e) {
            reject(number, e.detail());
        } catch (AccessDeniedException e) {
            reject(number, e.detail());
        }
    }

    private void reject(long number, String detail) {
        synchronized (errors) {
            rejected++;
            if (errors.size() < MAX_LISTED_ERRORS) {
                errors.add(new LineError(number, detail));
                errorBytes += ERROR_OVERHEAD_BYTES + detail.length();
            }
        }
    }

    /** The message of one line, after it was published. For any thread. */
    private final class Line implements PublishListener {
        private final long number;
        private final int cost;

        Line(long number, int cost) {
            this.number = number;
            this.cost = cost;
        }

        @Override
        public void published(Outcome outcome) {
            if (outcome.queued() > 0) {
                queued.addAndGet(outcome.queued());
            }
            done(cost);
        }

        @Override
        public void repeated(MessageId id, Optional<String> answer) {
            throw new IllegalStateException("a line has no idempotency key");
        }

        @Override
        public void refused(RuntimeException cause) {
            synchronized (errors) {
                refused++;
                reject(number, UnavailableException.of(cause).detail());
            }
            done(cost);
        }
    }

    private void done(int cost) {
        if (inFlightBytes.addAndGet(-cost) <= WINDOW_BYTES / 2 && paused.get() && paused.compareAndSet(true, false)) {
            exchange.guardApart(this::read);
        }
        finish(1);
    }

    /** The relay shuts down before the next line has arrived. */
    @Override
    public boolean answersFailure(Throwable failure) {
        if (failure instanceof UnavailableException unavailable) {
            reject(lines.number(), unavailable.detail());
            readerDone();
            return true;
        }
        return false;
    }

    /** Stops reading: for good if the relay is shutting down, otherwise until a worker resumes it. */
    @Override
    public boolean pauses() {
        if (shuttingDown) {
            readerDone();
            return true;
        }
        if (inFlightBytes.get() <= WINDOW_BYTES) {
            return false;
        }
        paused.set(true);
        boolean drainedMeanwhile = inFlightBytes.get() <= WINDOW_BYTES / 2 && paused.compareAndSet(true, false);
        return !drainedMeanwhile;
    }

    private void readerDone() {
        finish(READER);
    }

    private void finish(long parts) {
        if (outstanding.addAndGet(-parts) == 0) {
            answers.add(() -> exchange.answer(summary()));
        }
    }

    private Summary summary() {
        synchronized (errors) {
            errors.sort(Comparator.comparingLong(LineError::line));
            return new Summary(published - refused, queued.get(), rejected, errors);
        }
    }
}
