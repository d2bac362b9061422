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
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.TopicFilter;
import relay.message.UnavailableException;
import relay.publish.PublishListener;

/**
 * Publishes the lines of one request as they arrive.
 *
 * <p>Reading is for one thread of Jetty's at a time; the workers tell what became of the messages. It reads on only while
 * no more than a window of its messages waits for the workers, so a fast stream fills neither memory nor the others' way.
 */
final class NdjsonPublisher implements BodyReader.Sink {
    private static final int MAX_LISTED_ERRORS = 1000;
    private static final long WINDOW_BYTES = 1 << 20;
    private static final int LINE_OVERHEAD_BYTES = 64;
    private static final int ERROR_OVERHEAD_BYTES = 80;

    private final Exchange exchange;
    private final Json json;
    private final Hub hub;
    private final AnswerQueue answers;
    private final TopicFilter topics;
    private final LineSplitter lines;
    private final BodyReader reader;

    /** The reader counts as one, so that the last to finish, reader or worker, finds zero and answers. */
    private final AtomicLong outstanding = new AtomicLong(1);

    private final AtomicLong inFlightBytes = new AtomicLong();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong queued = new AtomicLong();
    private final AtomicBoolean paused = new AtomicBoolean();

    private final List<LineError> errors = new ArrayList<>();
    private int errorBytes;
    private long rejected;

    /** Nothing more is taken in: only the thread that reads. */
    private boolean leaving;

    private long lineAwaited;

    private record LineError(long line, String detail) {}

    private record Summary(long accepted, long queued, long rejected, List<LineError> errors) {}

    /** @param topics what the publisher may publish to */
    NdjsonPublisher(
            Exchange exchange, Json json, Hub hub, AnswerQueue answers, RequestLimits limits, TopicFilter topics) {
        this.exchange = exchange;
        this.json = json;
        this.hub = hub;
        this.answers = answers;
        this.topics = topics;
        this.lines = new LineSplitter(limits.maxBodyBytes(), this::publish, this::reject);
        this.reader = new BodyReader(exchange, limits.memory(), this);
    }

    /** Reads and publishes what has come, and goes on when more comes. */
    void read() {
        reader.read();
    }

    @Override
    public void take(ByteBuffer piece) {
        lines.accept(piece);
    }

    @Override
    public int heldBytes() {
        synchronized (errors) {
            return lines.heldBytes() + errorBytes;
        }
    }

    /** The line that has begun is refused, and errors so far are not listed; those after it are. */
    @Override
    public boolean letsGo() {
        synchronized (errors) {
            errors.clear();
            errorBytes = 0;
        }
        lines.skip(UnavailableException.inputIsFull().detail());
        return true;
    }

    @Override
    public void end() {
        lines.end();
        oneDone();
    }

    /** A stream may be long: what has its time is each line, from the end of the one before. */
    @Override
    public boolean hasProgressed() {
        boolean progressed = lines.number() > lineAwaited;
        lineAwaited = lines.number();
        return progressed;
    }

    private void publish(long number, ByteBuffer line) {
        try {
            Message message = PublishRequest.read(json, line);
            PublishServlet.requireAllowed(topics, message.topic());
            int cost = message.text().size() + LINE_OVERHEAD_BYTES;
            outstanding.incrementAndGet();
            inFlightBytes.addAndGet(cost);
            try {
                hub.publish(message, Optional.empty(), new Line(number, cost));
            } catch (UnavailableException e) {
                outstanding.decrementAndGet();
                inFlightBytes.addAndGet(-cost);
                reject(number, e.detail());
                leaving = !hub.takesMessages();
            }
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

    /** One line's message, on its way. For any thread. */
    private final class Line implements PublishListener {
        private final long number;
        private final int cost;

        Line(long number, int cost) {
            this.number = number;
            this.cost = cost;
        }

        @Override
        public void published(Outcome outcome) {
            accepted.incrementAndGet();
            queued.addAndGet(outcome.queued());
            done(cost);
        }

        @Override
        public void repeated(MessageId id, Optional<String> answer) {
            throw new IllegalStateException("a line has no idempotency key");
        }

        @Override
        public void refused(RuntimeException cause) {
            reject(number, UnavailableException.of(cause).detail());
            done(cost);
        }
    }

    private void done(int cost) {
        if (inFlightBytes.addAndGet(-cost) <= WINDOW_BYTES / 2 && paused.compareAndSet(true, false)) {
            exchange.guardApart(this::read);
        }
        oneDone();
    }

    /** The relay leaves before the next line is in. */
    @Override
    public boolean endsAt(Throwable failure) {
        if (failure instanceof UnavailableException unavailable) {
            reject(lines.number(), unavailable.detail());
            oneDone();
            return true;
        }
        return false;
    }

    /** Whether reading stops here: for good where nothing more is taken in, else until a worker sets it going again. */
    @Override
    public boolean pauses() {
        if (leaving) {
            oneDone();
            return true;
        }
        if (inFlightBytes.get() <= WINDOW_BYTES) {
            return false;
        }
        paused.set(true);
        boolean drainedMeanwhile = inFlightBytes.get() <= WINDOW_BYTES / 2 && paused.compareAndSet(true, false);
        return !drainedMeanwhile;
    }

    private void oneDone() {
        if (outstanding.decrementAndGet() == 0) {
            answers.add(() -> exchange.answer(summary()));
        }
    }

    private Summary summary() {
        synchronized (errors) {
            errors.sort(Comparator.comparingLong(LineError::line));
            return new Summary(accepted.get(), queued.get(), rejected, errors);
        }
    }
}
