package relay.engine.redis;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Epochs;
import relay.engine.Receiver;
import relay.message.Gap;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The beginning of a session: which log it goes on with, and everything that came since the last one. The engine thread's;
 * blocks, for a few seconds at most in each step.
 */
final class Opening {
    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);
    private static final int MOST_EPOCHS = 100;
    private static final int LEAST_VERSION = 7;
    /** How many strands one wait is for. */
    private static final int MOST_STRANDS = 500;

    /** In this order: there is a bound, and what happens at it. */
    private static final Pattern MAY_EVICT = Pattern.compile("(?ms)^maxmemory:[1-9].*^maxmemory_policy:(?!noeviction)");

    private static final SecureRandom RANDOM = new SecureRandom();

    private record Strand(Topic topic, Optional<UserId> recipient) {}

    private final Parts parts;
    private final Connector connector;

    Opening(Parts parts, Connector connector) {
        this.parts = parts;
        this.connector = connector;
    }

    /** @throws CallFailedException with the reason, for people, why there is none */
    Current open() throws InterruptedException {
        Feed feed = new Feed(parts);
        Session session = connector.connect(feed);
        session.ended().thenAccept(feed::fail);
        Current current = new Current(session, feed);
        boolean open = false;
        try {
            begin(session);
            parts.follows().dropUnwanted();
            long position = parts.inbox().position();
            long newest = subscribe(current);
            refill(current, position, newest);
            feed.open();
            open = true;
            return current;
        } catch (CallFailedException e) {
            throw CallFailedException.unexplained(session.placed(e.reason()));
        } finally {
            if (!open) {
                current.close();
            }
        }
    }

    /** Both connections have to be to one server, and it one that we can work with. */
    private void begin(Session session) throws InterruptedException {
        checkVersion(await(session.version()));
        await(session.teach());
        boolean mayInfo = checkPermissions(session);
        if (mayInfo) {
            warnOfEviction(await(session.commands().async().info("memory")));
        }
        String run = await(Runs.of(session, parts.names().log(), mayInfo));
        List<Object> answer = await(session.call(
                Script.BEGIN,
                new String[] {
                    parts.names().log(),
                    parts.names().epochs(),
                    parts.names().last(),
                    parts.names().loss(),
                    parts.names().lastBefore()
                },
                Bytes.of(run),
                Bytes.of(parts.inbox().highest()),
                Bytes.of(parts.inbox().epoch()),
                Bytes.of(HexFormat.of().toHexDigits(RANDOM.nextLong())),
                Bytes.of(parts.names().control()),
                Bytes.of(MOST_EPOCHS),
                Bytes.of(parts.times().restoring())));
        Epochs epochs = EpochLines.parse(Bytes.text(answer, 1));
        session.log(run, epochs.epochs().get(epochs.epochs().size() - 1).name());
        parts.inbox().begin(epochs, Bytes.number(answer, 0));
    }

    private static void checkVersion(String version) {
        if (Integer.parseInt(version.replaceFirst("\\D.*", "")) < LEAST_VERSION) {
            throw new CallFailedException(true, "the engine is Redis " + version + ": it has to be 7.0 or newer");
        }
    }

    /** Whether the user may run {@code INFO}, which nothing needs. */
    private boolean checkPermissions(Session session) throws InterruptedException {
        String all = parts.names().prefix();
        List<Object> answer =
                await(session.call(Script.PERMIT, new String[0], Bytes.of(all + "any"), Bytes.of(all + "any")));
        List<?> missing = (List<?>) answer.get(1);
        if (!missing.isEmpty()) {
            throw CallFailedException.unexplained("the engine's user needs "
                    + missing.stream()
                            .map(command -> Bytes.text((byte[]) command))
                            .collect(Collectors.joining(" "))
                    + " on ~" + all + "* and &" + all + "*");
        }
        return Bytes.number(answer, 0) == 1;
    }

    private static void warnOfEviction(String memory) {
        if (MAY_EVICT.matcher(memory).find()) {
            LOG.warn("the engine may evict what the relays need: set its maxmemory-policy to noeviction");
        }
    }

    /** Everything up to the answer is in the strands; what is published later comes by itself. */
    private long subscribe(Current current) throws InterruptedException {
        List<String> channels = new ArrayList<>();
        channels.add(parts.names().relay(parts.relay()));
        channels.add(parts.names().control());
        parts.follows().all().forEach(followed -> channels.add(followed.channel));
        await(current.feed().subscribe(current.session(), channels));
        List<Object> newest = await(current.session()
                .call(
                        Script.BARRIER,
                        new String[] {parts.names().log()},
                        current.session().log(),
                        Bytes.of(parts.names().relay(parts.relay())),
                        Bytes.of(0)));
        return Bytes.number(newest, 0);
    }

    private void refill(Current current, long position, long newest) throws InterruptedException {
        Map<Topic, Set<UserId>> wanted = await(parts.inbox().ask(Receiver::wanted));
        parts.follows().keepLoaded(wanted);
        List<Receiver.Past> messages = newest == position ? List.of() : messages(current, wanted, position, newest);
        if (newest != position) {
            parts.inbox().tell(receiver -> receiver.interrupted(wanted, newest));
        }
        for (Receiver.Past past : messages) {
            parts.inbox()
                    .tell(receiver -> receiver.fromElsewhere(
                            parts.inbox().id(past.sequence()), past.message(), Optional.empty()));
        }
        parts.inbox().reached(newest);
    }

    private List<Receiver.Past> messages(Current current, Map<Topic, Set<UserId>> wanted, long position, long newest)
            throws InterruptedException {
        List<Strand> strands = new ArrayList<>();
        for (Followed followed : parts.follows().all()) {
            strands.add(new Strand(followed.topic, Optional.empty()));
            wanted.getOrDefault(followed.topic, Set.of())
                    .forEach(user -> strands.add(new Strand(followed.topic, Optional.of(user))));
        }
        List<Receiver.Past> messages = new ArrayList<>();
        AtomicLong room = new AtomicLong(parts.options().historyBytes());
        for (int i = 0; i < strands.size(); i += MOST_STRANDS) {
            List<CompletionStage<Past.Loaded>> loading =
                    strands.subList(i, Math.min(strands.size(), i + MOST_STRANDS)).stream()
                            .map(strand -> loaded(current, strand, position, newest, room))
                            .toList();
            for (CompletionStage<Past.Loaded> strand : loading) {
                Past.Loaded loaded = await(strand);
                messages.addAll(loaded.messages());
                if (loaded.trimmedThrough() > position) {
                    missed(loaded, position);
                }
            }
        }
        messages.sort(Comparator.comparingLong(Receiver.Past::sequence));
        return messages;
    }

    private void missed(Past.Loaded loaded, long position) {
        parts.inbox()
                .tell(receiver -> receiver.missed(
                        loaded.topic(),
                        loaded.recipient(),
                        parts.inbox().id(position),
                        loaded.trimmedThrough(),
                        Gap.Reason.TRIMMED));
    }

    private CompletionStage<Past.Loaded> loaded(
            Current current, Strand strand, long position, long newest, AtomicLong room) {
        if (!parts.options().holdsHistory()) {
            return CompletableFuture.completedStage(
                    new Past.Loaded(strand.topic(), strand.recipient(), List.of(), newest));
        }
        return parts.past().load(current.session(), strand.topic(), strand.recipient(), position, newest, room);
    }

    private <T> T await(CompletionStage<T> stage) throws InterruptedException {
        try {
            return stage.toCompletableFuture().get(parts.times().begin().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new CallFailedException(true, "the engine does not answer");
        } catch (ExecutionException e) {
            throw Session.cause(e) instanceof CallFailedException failed
                    ? failed
                    : CallFailedException.unexplained("the engine said: " + Reasons.of(e));
        }
    }
}
