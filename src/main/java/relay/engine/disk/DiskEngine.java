package relay.engine.disk;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Archive;
import relay.engine.Engine;
import relay.engine.IdempotencyKey;
import relay.engine.Journal;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.UnavailableException;

/**
 * The engine of a relay that is alone and keeps its data in a directory: messages, registrations and idempotency answers survive
 * the process. For any thread.
 */
public final class DiskEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(DiskEngine.class);
    private static final CompletionStage<Hold> NOTHING_TO_HOLD = CompletableFuture.completedStage(Hold.NONE);

    private static final long STOP_TIMEOUT_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private final DiskOptions options;
    private final InstantSource clock;
    private final Opener opener;
    private final Inbox inbox = new Inbox();
    private final Journal journal;
    private final DiskArchive archive;
    private final Health health;
    private final DiskFigures.Gauges gauges = new DiskFigures.Gauges();

    /** Set when it is started, by the one thread that starts and stops it; read by others after that. */
    private volatile @Nullable Running running;

    /** Opens the directory. */
    interface Opener {
        Storage open() throws IOException;
    }

    private record Running(Opening opening, Writer writer, Thread thread) {}

    /** It opens the directory when it is started. */
    public DiskEngine(DiskOptions options, InstantSource clock) {
        this(options, clock, () -> Directory.made(options.directory()));
    }

    DiskEngine(DiskOptions options, InstantSource clock, Opener opener) {
        this.options = options;
        this.clock = clock;
        this.opener = opener;
        this.journal = new DiskJournal(inbox, clock);
        this.archive = new DiskArchive(clock);
        this.health = new Health(options.directory().toString());
    }

    /**
     * Recovers what is in the directory.
     *
     * @throws InvalidInputException if the directory cannot be used
     */
    @Override
    public void start(Receiver receiver) {
        try {
            Opening opening = new Opening(options, opener.open(), receiver, clock.millis());
            run(opening, receiver);
        } catch (IOException e) {
            throw unusable("it cannot be used: " + reason(e));
        } catch (Header.NewerFormatException e) {
            throw unusable("it was written by a newer relay (" + e.getMessage() + "), and this one knows format "
                    + Header.VERSION + ": start that version, or give another directory");
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName().replace("Exception", "") + ": " + Characters.oneLine(e);
    }

    private InvalidInputException unusable(String why) {
        return new InvalidInputException("--data " + options.directory() + ": " + why);
    }

    private void run(Opening opening, Receiver receiver) {
        Group group = new Group(
                inbox.changes, opening.live(), opening.states(), opening.buffer(), receiver, opening.newest());
        Appender appender = new Appender(opening, health, gauges, options.sync() == Sync.BATCH);
        Housekeeper housekeeper = new Housekeeper(opening, appender, health, receiver);
        Writer writer = new Writer(inbox, opening, group, appender, housekeeper, health, clock, gauges);
        gauges.holds(opening.log(), opening.live());
        Thread thread = new Thread(writer, "disk");
        thread.setDaemon(true);
        archive.open(opening.log());
        running = new Running(opening, writer, thread);
        thread.start();
    }

    @Override
    public void stop() {
        Running now = running;
        if (now == null) {
            return;
        }
        inbox.close(UnavailableException.goingAway());
        archive.stop();
        try {
            now.thread().join(STOP_TIMEOUT_MILLIS);
            if (now.thread().isAlive()) {
                LOG.error(
                        "the disk with --data {} does not answer: what waits for it is not stored",
                        options.directory());
                return;
            }
            if (now.writer().endedWell()) {
                now.opening().stopped();
            }
            now.opening().close();
        } catch (IOException e) {
            LOG.error("the files in {} could not be closed well", options.directory(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Optional<String> trouble() {
        return health.trouble();
    }

    @Override
    public void publish(Publication publication) {
        Optional<UnavailableException> refusal = health.refusal();
        if (refusal.isPresent()) {
            publication.refused(refusal.get());
        } else {
            inbox.add(publication);
        }
    }

    /** All messages come. */
    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<Reader> past) {
        return NOTHING_TO_HOLD;
    }

    @Override
    public CompletionStage<Void> remember(IdempotencyKey key, String answer) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        inbox.add(new Request.Answer(key, answer, done));
        return done;
    }

    @Override
    public Optional<Journal> journal() {
        return Optional.of(journal);
    }

    @Override
    public Optional<Archive> archive() {
        return Optional.of(archive);
    }

    /** What there is to say about it now. */
    public DiskFigures figures() {
        Running now = running;
        return gauges.figures(
                now == null ? 0 : now.opening().seconds(),
                now == null ? 0 : now.opening().damagedRanges(),
                now != null && health.works());
    }
}
