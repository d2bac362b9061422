package relay.fanout;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.engine.Archive;
import relay.engine.Receiver;
import relay.outbound.SendQueue;

/**
 * What clients that catch up wait for from the engine's archive. The worker does not wait: a client's next step comes when its page
 * is there. The owning worker only.
 *
 * <p>So many reads are under way at most, until their pages are sent or dropped; that bounds the memory which they take, however many
 * clients come back at once. The others wait for their turn. Clients that want the same messages share a read.
 */
final class ArchiveReads {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveReads.class);
    static final int MOST = 64;

    private final Archive archive;
    private final Executor worker;
    private final CatchUpQueue catchingUp;

    /** The reads that are not complete, by their first location. */
    private final Map<Long, Read> reads = new HashMap<>();

    private final Queue<Request> waiting = new ArrayDeque<>();
    private int underWay;

    private record Request(Client client, SendQueue queue, ArchivedPage page, int mostBytes) {}

    /** One read, and who waits for it. */
    private static final class Read {
        private final long[] locations;
        private final int mostBytes;
        private final List<Request> requests = new ArrayList<>();
        private int stepsToTake;

        Read(long[] locations, int mostBytes) {
            this.locations = locations;
            this.mostBytes = mostBytes;
        }

        boolean isSame(long[] others, int othersMostBytes) {
            return mostBytes == othersMostBytes && Arrays.equals(locations, others);
        }
    }

    /**
     * Reads from an archive.
     *
     * @param worker runs something in the worker's thread
     */
    ArchiveReads(Archive archive, Executor worker, CatchUpQueue catchingUp) {
        this.archive = archive;
        this.worker = worker;
        this.catchingUp = catchingUp;
    }

    /** Reads what comes next in a page; then the client's next step is due, even if the page was dropped meanwhile. */
    void read(Client client, SendQueue queue, ArchivedPage page, int mostBytes) {
        Request request = new Request(client, queue, page, mostBytes);
        long[] locations = page.locations();
        Read same = reads.get(locations[0]);
        if (same != null && same.isSame(locations, mostBytes)) {
            same.requests.add(request);
        } else if (underWay < MOST) {
            begin(request, locations);
        } else {
            waiting.add(request);
        }
    }

    private void begin(Request first, long[] locations) {
        underWay++;
        Read read = new Read(locations, first.mostBytes());
        read.requests.add(first);
        reads.putIfAbsent(locations[0], read);
        var unused = stageOf(locations.clone(), first.mostBytes())
                .whenComplete((messages, failure) -> worker.execute(() -> end(read, messages, failure)));
    }

    private CompletionStage<List<Optional<Receiver.Past>>> stageOf(long[] locations, int mostBytes) {
        try {
            return archive.read(locations, mostBytes);
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private void end(Read read, @Nullable List<Optional<Receiver.Past>> messages, @Nullable Throwable failure) {
        reads.remove(read.locations[0], read);
        read.stepsToTake = read.requests.size();
        if (failure != null) {
            LOG.error("the archive has failed: {} clients are closed", read.requests.size(), failure);
        }
        for (Request request : read.requests) {
            if (messages == null) {
                request.page().failed(failure == null ? new IllegalStateException("nothing was read") : failure);
            } else if (!request.page().isDropped()) {
                request.page().loaded(messages);
            }
            catchingUp.enter(request.client(), request.queue(), () -> stepTaken(read));
        }
        read.requests.clear();
    }

    private void stepTaken(Read read) {
        read.stepsToTake--;
        if (read.stepsToTake > 0) {
            return;
        }
        underWay--;
        while (underWay < MOST && !waiting.isEmpty()) {
            Request next = waiting.remove();
            if (next.page().isDropped()) {
                catchingUp.enter(next.client(), next.queue());
            } else {
                read(next.client(), next.queue(), next.page(), next.mostBytes());
            }
        }
    }
}
