package relay.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import relay.outbound.CloseReason;
import relay.outbound.Encoding;
import relay.outbound.WriteListener;

/**
 * A wire whose other end is as slow as the test wants: it takes so many bytes of a write, and the rest when the test says
 * so, or at once. It counts writes that overlap, of which there must be none. For any thread.
 */
public final class FakeConnection extends StubConnection {
    private static final Encoding LINES = new LineEncoding("");

    private record Rest(ByteBuffer bytes, WriteListener listener) {}

    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final List<String> writes = new ArrayList<>();
    private final List<CloseReason> closeReasons = new ArrayList<>();
    private final List<Throwable> aborts = new ArrayList<>();
    private final AtomicInteger pings = new AtomicInteger();
    private final List<String> pingPayloads = new CopyOnWriteArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final AtomicBoolean writing = new AtomicBoolean();
    private final AtomicInteger overlaps = new AtomicInteger();
    private Optional<Rest> rest = Optional.empty();

    private volatile int bytesPerWrite = Integer.MAX_VALUE;
    private volatile boolean restAtOnce;
    private volatile boolean answersPings = true;
    private volatile Optional<IOException> failure = Optional.empty();
    private volatile Optional<RuntimeException> refusal = Optional.empty();
    private volatile long lastHeardNanos;
    private volatile Runnable beforeWrite = () -> {};

    public FakeConnection(Encoding encoding) {
        super(encoding);
    }

    /** A wire that carries each message as a line, in one format with all others made so. */
    public FakeConnection() {
        this(LINES);
    }

    /** From now on a write takes at most so many bytes. */
    public FakeConnection takesPerWrite(int bytes) {
        bytesPerWrite = bytes;
        return this;
    }

    /** What a write did not take goes out at once, and its listener hears of it in the same call. */
    public FakeConnection takesTheRestAtOnce() {
        restAtOnce = true;
        return this;
    }

    /** It is as an event stream: the client can say nothing. */
    public FakeConnection withoutPings() {
        answersPings = false;
        return this;
    }

    @Override
    public boolean answersPings() {
        return answersPings;
    }

    /** From now on every write fails. */
    public void breakWith(IOException cause) {
        failure = Optional.of(cause);
    }

    /** From now on it does not even wait for what a write did not take. */
    public void refusesTheRest(RuntimeException cause) {
        refusal = Optional.of(cause);
    }

    /** What to do, in the writing thread, before a write. */
    public void beforeWrite(Runnable action) {
        beforeWrite = action;
    }

    public void hears(long nanos) {
        lastHeardNanos = nanos;
    }

    /** Takes the rest that waits; false if none does. */
    public boolean takeRest() {
        Optional<Rest> waiting = removeRest();
        waiting.ifPresent(r -> {
            take(r.bytes(), r.bytes().remaining());
            writing.set(false);
            r.listener().written();
        });
        return waiting.isPresent();
    }

    /** Fails the rest that waits. */
    public void failRest(IOException cause) {
        Rest waiting = removeRest().orElseThrow();
        writing.set(false);
        waiting.listener().failed(cause);
    }

    private synchronized Optional<Rest> removeRest() {
        Optional<Rest> waiting = rest;
        rest = Optional.empty();
        return waiting;
    }

    /** All that came over the wire, as text. */
    public synchronized String text() {
        return taken.toString(StandardCharsets.UTF_8);
    }

    public synchronized byte[] bytes() {
        return taken.toByteArray();
    }

    /** What each single write brought, in order. */
    public synchronized List<String> writes() {
        return List.copyOf(writes);
    }

    /** With what the relay closed it, each time. */
    public synchronized List<CloseReason> closeReasons() {
        return List.copyOf(closeReasons);
    }

    public synchronized List<Throwable> aborts() {
        return List.copyOf(aborts);
    }

    /** What each single write brought, and each ping, in order. */
    public synchronized List<String> events() {
        return List.copyOf(events);
    }

    /** What each ping carried, in order. */
    public List<String> pingPayloads() {
        return List.copyOf(pingPayloads);
    }

    public int pings() {
        return pings.get();
    }

    /** How often a write began while another was under way. */
    public int overlaps() {
        return overlaps.get();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        begin();
        try {
            beforeWrite.run();
            if (failure.isPresent()) {
                throw failure.get();
            }
            take(bytes, Math.min(bytesPerWrite, bytes.remaining()));
        } finally {
            writing.set(false);
        }
    }

    @Override
    public void writeFully(ByteBuffer bytes, WriteListener listener) {
        refusal.ifPresent(cause -> {
            throw cause;
        });
        begin();
        if (restAtOnce) {
            take(bytes, bytes.remaining());
            writing.set(false);
            listener.written();
        } else {
            synchronized (this) {
                rest = Optional.of(new Rest(bytes, listener));
            }
        }
    }

    private void begin() {
        if (writing.getAndSet(true)) {
            overlaps.incrementAndGet();
        }
    }

    private synchronized void take(ByteBuffer bytes, int count) {
        byte[] chunk = new byte[count];
        bytes.get(chunk);
        taken.writeBytes(chunk);
        writes.add(new String(chunk, StandardCharsets.UTF_8));
        events.add(new String(chunk, StandardCharsets.UTF_8));
    }

    @Override
    public synchronized void ping(String payload) {
        pingPayloads.add(payload);
        events.add("ping " + payload);
        pings.incrementAndGet();
    }

    @Override
    public long lastHeardNanos() {
        return lastHeardNanos;
    }

    @Override
    public synchronized void close(CloseReason reason) {
        closeReasons.add(reason);
    }

    @Override
    public synchronized void abort(Throwable cause) {
        aborts.add(cause);
    }
}
