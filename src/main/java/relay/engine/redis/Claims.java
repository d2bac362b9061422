package relay.engine.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Receiver;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;
import relay.message.UserId;

/**
 * The registrations that this relay serves, and what the server is to know of them. What cannot be written at once is written
 * later: cursors once a second, so many at a time; ends of connections with the next connection to the server, or before the
 * next claim. What the server has lost is put back, unless it was removed meanwhile. For any thread.
 */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);
    private static final int MOST_AT_A_TIME = 4000;
    private static final int MOST_RELEASES = 100_000;

    private static final long LOST = 0;
    private static final long REMOVED = -2;
    private static final long TAKEN = -3;

    private final Keys keys;
    private final Timings timings;
    private final CurrentConnection server;
    private final OrderedReceiver receiver;
    private final Executor engine;
    private final Heard heard;
    private final Map<ClientId, ClaimedRegistration> claimed = new ConcurrentHashMap<>();
    /** Claimed here, and to be written. */
    private final Set<ClientId> due = ConcurrentHashMap.newKeySet();
    /** Served here until their connections ended, which the server does not know yet. */
    private final Map<ClientId, ClaimedRegistration> released = new ConcurrentHashMap<>();

    /**
     * @param engine tells the receiver of claims that have ended, where no notice came, or it came too early
     * @param heard says to scripts what the backend hears of
     */
    Claims(
            Keys keys,
            Timings timings,
            CurrentConnection server,
            OrderedReceiver receiver,
            Executor engine,
            Heard heard) {
        this.keys = keys;
        this.timings = timings;
        this.server = server;
        this.receiver = receiver;
        this.engine = engine;
        this.heard = heard;
    }

    /** It is about to be claimed anew: what is not written yet goes before that, by the same socket. */
    void writeBeforeClaim(ClientId id) {
        ClaimedRegistration before = released.remove(id);
        if (before != null) {
            writeRelease(id, before);
        }
        ClaimedRegistration mine = claimed.get(id);
        if (mine != null && mine.isUnwritten()) {
            update(id, mine);
        }
    }

    /** It is claimed here. */
    void add(ClientId id, ClaimedRegistration fresh) {
        claimed.merge(id, fresh, Claims::newer);
    }

    private static ClaimedRegistration newer(ClaimedRegistration one, ClaimedRegistration other) {
        return one.claim > other.claim ? one : other;
    }

    /** None if it is claimed anew. */
    private Optional<ClaimedRegistration> claimed(ClientId id, long claim) {
        return Optional.ofNullable(claimed.get(id)).filter(mine -> mine.claim == claim);
    }

    /** The number of the claim by which this relay serves a client; empty if it does not. */
    OptionalLong numberOf(ClientId id) {
        ClaimedRegistration mine = claimed.get(id);
        return mine == null ? OptionalLong.empty() : OptionalLong.of(mine.claim);
    }

    void topics(ClientId id, long claim, Map<Topic, Long> topics) {
        claimed(id, claim)
                .ifPresentOrElse(
                        mine -> {
                            mine.topics(topics);
                            update(id, mine);
                        },
                        () -> tell(told -> told.replaced(id, claim)));
    }

    /** It has another credential; completes when the server has it, and goes on trying where it fails. */
    CompletionStage<Void> renewed(ClientId id, long claim, TopicFilter granted, Optional<Instant> ends) {
        Optional<ClaimedRegistration> mine = claimed(id, claim);
        if (mine.isEmpty()) {
            tell(told -> told.replaced(id, claim));
            return CompletableFuture.failedStage(servedElsewhere());
        }
        mine.get().renewed(granted, ends);
        return stored(id, mine.get());
    }

    /** Its backend has changed what it may do and asks for; completes when the server has it, and goes on trying where it fails. */
    CompletionStage<Void> changed(
            ClientId id, long claim, TopicFilter allowed, TopicFilter publish, Map<Topic, Long> topics) {
        Optional<ClaimedRegistration> mine = claimed(id, claim);
        if (mine.isEmpty()) {
            tell(told -> told.replaced(id, claim));
            return CompletableFuture.failedStage(servedElsewhere());
        }
        mine.get().changed(allowed, publish, topics);
        return stored(id, mine.get());
    }

    private CompletionStage<Void> stored(ClientId id, ClaimedRegistration mine) {
        return update(id, mine).handle((reply, failure) -> {
            if (failure != null) {
                throw EngineException.unavailable(failure, "the engine failed");
            }
            if (reply.number(0) <= 0) {
                throw servedElsewhere();
            }
            return null;
        });
    }

    private static UnavailableException servedElsewhere() {
        return UnavailableException.engine("another connection serves this client, or it is removed");
    }

    void acknowledged(ClientId id, long claim, long sequence) {
        claimed(id, claim).filter(mine -> mine.acknowledge(sequence)).ifPresent(mine -> due.add(id));
    }

    void release(ClientId id, long claim, OptionalLong cursor) {
        claimed(id, claim).ifPresent(mine -> {
            cursor.ifPresent(mine::acknowledge);
            forget(id, claim);
            writeRelease(id, mine);
        });
    }

    private void writeRelease(ClientId id, ClaimedRegistration mine) {
        ClaimedRegistration.Change change = mine.unwritten();
        Duration keep = mine.registration().keep();
        List<Object> arguments = new ArrayList<>(List.of(
                keys.relay(), mine.claim, change.cursor(), keys.registrationsOfUsers(), id.secret(), change.topics()));
        arguments.addAll(change.permissions());
        server.call(Script.RELEASE, heard.keys(keys.registration(id)), heard.arguments(arguments.toArray()))
                .thenCompose(reply -> reply.number(0) == LOST && !keep.isZero()
                        ? restore(id, mine, "", keep)
                        : CompletableFuture.completedStage(reply))
                .whenComplete((reply, failure) -> {
                    if (failure != null) {
                        releaseLater(id, mine);
                    }
                });
    }

    private void releaseLater(ClientId id, ClaimedRegistration mine) {
        if (released.size() >= MOST_RELEASES) {
            LOG.warn("the end of {}'s connection is not written: it lives on until its lease ends", id);
        } else {
            released.merge(id, mine, Claims::newer);
        }
    }

    /** It is claimed anew. */
    void forget(ClientId id, long claim) {
        claimed.computeIfPresent(id, (key, mine) -> mine.claim <= claim ? null : mine);
    }

    /** It was changed as that of a relay that is away, and this one has its claim no more. The receiver's lock need not be held. */
    void taken(ClientId id, long claim) {
        forget(id, claim);
        receiver.tell(told -> told.taken(id, claim));
    }

    /** It is removed, whoever serves it. */
    void removed(ClientId id) {
        ClaimedRegistration mine = claimed.get(id);
        if (mine != null) {
            ended(id, mine, REMOVED);
        }
    }

    /** What is served here of a user's is to be compared with what the server has. */
    void check(UserId user) {
        claimed.forEach((id, mine) -> {
            if (mine.registration().user().equals(user)) {
                update(id, mine);
            }
        });
    }

    /** To be called now and then: all leases are due. */
    void renew() {
        due.addAll(claimed.keySet());
    }

    /** A connection begins: notices may have been missed, and the server may have lost something. */
    void connected() {
        renew();
        write();
    }

    /** To be called now and then: writes what is due, as much as may be at a time. */
    void write() {
        if (server.get() == null) {
            return;
        }
        for (ClientId id : some(released.keySet())) {
            ClaimedRegistration mine = released.remove(id);
            if (mine != null) {
                writeRelease(id, mine);
            }
        }
        for (ClientId id : some(due)) {
            due.remove(id);
            ClaimedRegistration mine = claimed.get(id);
            if (mine != null) {
                update(id, mine);
            }
        }
    }

    private static List<ClientId> some(Set<ClientId> ids) {
        return ids.stream().limit(MOST_AT_A_TIME).toList();
    }

    /** Writes what has changed, and renews the lease. */
    private CompletionStage<Reply> update(ClientId id, ClaimedRegistration mine) {
        ClaimedRegistration.Change change = mine.unwritten();
        long through = receiver.position();
        List<Object> arguments = new ArrayList<>(List.of(
                keys.relay(),
                mine.claim,
                change.version(),
                timings.lease(),
                keys.registrationsOfUsers(),
                change.topics(),
                change.cursor()));
        arguments.addAll(change.permissions());
        return server.call(Script.UPDATE, new String[] {keys.registration(id)}, arguments.toArray())
                .whenComplete((reply, failure) -> {
                    if (failure != null || reply.number(0) != LOST) {
                        written(id, mine, change.version(), through, reply, failure);
                    }
                })
                // Where its connection has ended meanwhile, its release puts it back.
                .thenCompose(reply -> reply.number(0) == LOST && claimed.get(id) == mine
                        ? putBack(id, mine)
                        : CompletableFuture.completedStage(reply));
    }

    private CompletionStage<Reply> putBack(ClientId id, ClaimedRegistration mine) {
        long version = mine.unwritten().version();
        long through = receiver.position();
        return restore(
                        id,
                        mine,
                        keys.relay(),
                        timings.lease().plus(mine.registration().keep()))
                .whenComplete((reply, failure) -> written(id, mine, version, through, reply, failure));
    }

    private void written(
            ClientId id,
            ClaimedRegistration mine,
            long version,
            long through,
            @Nullable Reply reply,
            @Nullable Throwable failure) {
        if (failure != null || reply == null) {
            if (claimed.get(id) == mine) {
                due.add(id);
            }
            return;
        }
        long outcome = reply.number(0);
        if (outcome < 0) {
            ended(id, mine, outcome);
        } else {
            mine.written(version, through);
        }
    }

    /** Nothing if the receiver has been told already. */
    private void ended(ClientId id, ClaimedRegistration mine, long how) {
        if (claimed.remove(id, mine)) {
            tell(told -> {
                if (how == REMOVED) {
                    told.removed(id, mine.claim);
                } else if (how == TAKEN) {
                    told.taken(id, mine.claim);
                } else {
                    told.replaced(id, mine.claim);
                }
            });
        }
    }

    private void tell(Consumer<Receiver> what) {
        engine.execute(() -> receiver.tell(what));
    }

    private CompletionStage<Reply> restore(ClientId id, ClaimedRegistration mine, String owner, Duration life) {
        UserId user = mine.registration().user();
        List<Object> arguments = new ArrayList<>(List.of(
                owner,
                mine.claim,
                mine.since,
                mine.knownThrough(),
                life,
                keys.registrationsOfUsers(),
                keys.channelsOfRelays(),
                id.secret(),
                user.value()));
        arguments.addAll(mine.fields(owner));
        return server.call(
                Script.RESTORE,
                heard.keysOfPresent(keys.registration(id), keys.removals(), keys.forgottenRemovals()),
                arguments.toArray());
    }
}
