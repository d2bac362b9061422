package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Archive;
import relay.engine.Receiver;
import relay.message.InvalidInputException;

/**
 * Reads messages back, by threads of its own. What waits for them is bounded by the connections that catch up: each waits for one read
 * at a time.
 */
final class DiskArchive implements Archive {
    private static final Logger LOG = LoggerFactory.getLogger(DiskArchive.class);
    private static final int THREADS = 2;
    private static final int BLOCK_BYTES = 64 << 10;

    /** Set once, when the log is open; read by the readers. */
    private volatile @Nullable SegmentLog log;

    private final InstantSource clock;

    private final ExecutorService readers = Executors.newFixedThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "disk-read");
        thread.setDaemon(true);
        return thread;
    });

    /** @param clock tells how old messages are */
    DiskArchive(InstantSource clock) {
        this.clock = clock;
    }

    /** The log is open. */
    void open(SegmentLog opened) {
        log = opened;
    }

    @Override
    public CompletionStage<List<Optional<Receiver.Past>>> read(long[] locations, int mostBytes) {
        CompletableFuture<List<Optional<Receiver.Past>>> messages = new CompletableFuture<>();
        SegmentLog opened = log;
        if (opened == null) {
            throw new IllegalStateException("not started");
        }
        try {
            readers.execute(() -> {
                try {
                    messages.complete(new Reading(opened, mostBytes, clock.millis()).all(locations));
                } finally {
                    // Whatever it was: whoever waits goes on without them.
                    messages.complete(nothing(locations));
                }
            });
        } catch (RejectedExecutionException e) {
            messages.complete(nothing(locations));
        }
        return messages;
    }

    private static List<Optional<Receiver.Past>> nothing(long[] locations) {
        return Collections.nCopies(locations.length, Optional.empty());
    }

    /** Reads under way are not interrupted: that would close the files. */
    void stop() {
        readers.shutdown();
    }

    /** One call: neighbours are read together. */
    private static final class Reading {
        private final SegmentLog log;
        private final int mostBytes;
        private final long nowMillis;
        private final List<Optional<Receiver.Past>> messages = new ArrayList<>();
        private ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).limit(0);
        private @Nullable Segment segment;
        private Seal seal;

        /** Where the block is in its segment. */
        private long blockAt;

        Reading(SegmentLog log, int mostBytes, long nowMillis) {
            this.log = log;
            this.mostBytes = mostBytes;
            this.nowMillis = nowMillis;
            this.seal = log.seal().copy();
        }

        List<Optional<Receiver.Past>> all(long[] locations) {
            long bytes = 0;
            for (long location : locations) {
                Optional<Receiver.Past> message = one(location);
                bytes += message.map(found -> found.message().text().size()).orElse(0);
                if (bytes > mostBytes && !messages.isEmpty()) {
                    break;
                }
                messages.add(message);
            }
            return messages;
        }

        private Optional<Receiver.Past> one(long location) {
            Segment holder = log.at(location);
            if (holder == null) {
                return Optional.empty();
            }
            if (holder != segment) {
                segment = holder;
                seal = holder.seal.copy();
                block.limit(0);
                blockAt = 0;
            }
            long at = location - holder.base;
            try {
                Optional<Receiver.Past> message = parse(holder, at);
                if (message.isEmpty() && log.at(location) == holder) {
                    LOG.warn("a message cannot be read any more: {} is damaged at {}", holder.name(), at);
                }
                return message;
            } catch (ClosedChannelException e) {
                // The segment was deleted meanwhile.
                return Optional.empty();
            } catch (IOException e) {
                LOG.warn("a message cannot be read: {} at {}", holder.name(), at, e);
                return Optional.empty();
            } catch (InvalidInputException e) {
                LOG.warn("a message cannot be read: {} at {}: {}", holder.name(), at, e.detail());
                return Optional.empty();
            }
        }

        private Optional<Receiver.Past> parse(Segment holder, long at) throws IOException {
            int begin = load(holder, at, Layout.PAYLOAD_AT);
            if (begin < 0 || block.getInt(begin) != seal.marker()) {
                return Optional.empty();
            }
            int body = block.getInt(begin + Layout.LENGTH_AT);
            if (body < Layout.LEAST_BODY || body > holder.file.size() - at - Layout.BODY_AT) {
                return Optional.empty();
            }
            int length = Layout.BODY_AT + body;
            begin = load(holder, at, length);
            if (begin < 0
                    || block.getInt(begin + Layout.CHECKSUM_AT)
                            != seal.checksum(block, begin + Layout.BODY_AT, begin + length)
                    || block.get(begin + Layout.BODY_AT) != Layout.MESSAGE) {
                return Optional.empty();
            }
            ByteBuffer payload = block.slice(begin + Layout.PAYLOAD_AT, length - Layout.PAYLOAD_AT);
            MessageCodec.Head head = MessageCodec.head(payload, MessageCodec.Parts.EACH, MessageCodec.KeyReader.SKIP);
            if (head == null) {
                return Optional.empty();
            }
            long timeMillis = block.getLong(begin + Layout.TIME_AT);
            return Optional.of(new Receiver.Past(
                    block.getLong(begin + Layout.SEQUENCE_AT),
                    timeMillis,
                    head.withText(payload),
                    RetainedValue.ageNanos(timeMillis, nowMillis)));
        }

        /** Has bytes of the segment in the block; returns where they begin there, -1 if the file is too short. */
        private int load(Segment holder, long at, int bytes) throws IOException {
            if (at < blockAt || at + bytes > blockAt + block.limit()) {
                if (bytes > block.capacity()) {
                    block = ByteBuffer.allocate(bytes);
                }
                blockAt = Long.MAX_VALUE;
                try {
                    fill(holder, at, block.capacity());
                } catch (ClosedChannelException e) {
                    throw e;
                } catch (IOException e) {
                    // What cannot be read may be behind what is asked for.
                    fill(holder, at, bytes);
                }
                blockAt = at;
            }
            return at + bytes <= blockAt + block.limit() ? (int) (at - blockAt) : -1;
        }

        private void fill(Segment holder, long at, int bytes) throws IOException {
            block.clear().limit(bytes);
            while (block.hasRemaining() && holder.file.read(block, at + block.position()) > 0) {
                // On to the rest.
            }
            block.flip();
        }
    }
}
