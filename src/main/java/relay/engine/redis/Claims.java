package relay.engine.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.ClientId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The registrations that this relay serves, and what the server is to know of them. What cannot be written at once is written
 * later: positions once a second, so many at a time; ends of connections in the next session, or before the next claim. What
 * the server has lost is put back, unless it was removed meanwhile. For any thread.
 */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);
    private static final int MOST_AT_A_TIME = 4000;
    private static final int MOST_RELEASES = 100_000;

    private static final long LOST = 0;
    private static final long REMOVED = -2;

    /** Runs a script of the server's. */
    interface Caller {
        CompletionStage<List<Object>> call(Script script, String[] keys, byte[]... arguments);
    }

    /** Told of claims that have ended, where no notice came, or it came too early. By any thread; must not wait. */
    interface Ends {
        /** Another relay has claimed it since. */
        void overtaken(ClientId id, long claim);

        void removed(ClientId id, long claim);
    }

    private final Names names;
    private final String relay;
    private final Times times;
    private final Caller server;
    private final LongSupplier position;
    private final Map<ClientId, Claimed> claimed = new ConcurrentHashMap<>();
    /** Claimed here, and to be written. */
    private final Set<ClientId> due = ConcurrentHashMap.newKeySet();
    /** Served here until their connections ended, which the server does not know yet. */
    private final Map<ClientId, Claimed> released = new ConcurrentHashMap<>();

    private volatile @Nullable Ends ends;

    /** @param position the sequence up to which everything has come here */
    Claims(Names names, String relay, Times times, Caller server, LongSupplier position) {
        this.names = names;
        this.relay = relay;
        this.times = times;
        this.server = server;
        this.position = position;
    }

    /** Says who is told of claims that have ended unnoticed. */
    void tellOfEnds(Ends whom) {
        ends = whom;
    }

    /** It is about to be claimed anew: what is not written yet goes before that, by the same connection. */
    void writeBeforeClaim(ClientId id) {
        Claimed before = released.remove(id);
        if (before != null) {
            writeRelease(id, before);
        }
        Claimed mine = claimed.get(id);
        if (mine != null && mine.isUnwritten()) {
            update(id, mine);
        }
    }

    /** It is claimed here. */
    void add(ClientId id, Claimed fresh) {
        claimed.merge(id, fresh, (old, now) -> old.claim > now.claim ? old : now);
    }

    void topics(ClientId id, long claim, Map<Topic, Long> topics) {
        Claimed mine = claimed.get(id);
        if (mine != null && mine.claim == claim) {
            mine.topics(
                    RegistrationFields.topics(topics),
                    topics.values().stream().mapToLong(after -> after).min());
            update(id, mine);
        } else {
            tell(whom -> whom.overtaken(id, claim));
        }
    }

    void acknowledged(ClientId id, long claim, long sequence) {
        Claimed mine = claimed.get(id);
        if (mine != null && mine.claim == claim && mine.acknowledge(sequence)) {
            due.add(id);
        }
    }

    void release(ClientId id, long claim, OptionalLong cursor) {
        Claimed mine = claimed.get(id);
        if (mine != null && mine.claim == claim) {
            cursor.ifPresent(mine::acknowledge);
            forget(id, claim);
            writeRelease(id, mine);
        }
    }

    private void writeRelease(ClientId id, Claimed mine) {
        Claimed.Change change = mine.unwritten();
        server.call(
                        Script.RELEASE,
                        keys(id),
                        Bytes.of(relay),
                        Bytes.of(mine.claim),
                        Bytes.of(change.cursor()),
                        Bytes.of(names.registrationsOfUsers()),
                        Bytes.of(id.secret()),
                        Bytes.of(change.topics()))
                .whenComplete((answer, failure) -> {
                    if (failure != null) {
                        releaseLater(id, mine);
                    } else if (Bytes.number(answer, 0) == LOST
                            && !mine.registration().keep().isZero()) {
                        restore(id, mine, "", mine.registration().keep()).whenComplete((restored, unwritten) -> {
                            if (unwritten != null) {
                                releaseLater(id, mine);
                            }
                        });
                    }
                });
    }

    private void releaseLater(ClientId id, Claimed mine) {
        if (released.size() >= MOST_RELEASES) {
            LOG.warn("the end of {}'s connection is not written: it lives on until its lease ends", id);
        } else {
            released.merge(id, mine, (one, other) -> one.claim > other.claim ? one : other);
        }
    }

    /** It is claimed anew. */
    void forget(ClientId id, long claim) {
        claimed.computeIfPresent(id, (key, mine) -> mine.claim <= claim ? null : mine);
    }

    /** It is removed, whoever serves it. */
    void removed(ClientId id) {
        Claimed mine = claimed.get(id);
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

    /** All leases are due. */
    void renew() {
        due.addAll(claimed.keySet());
    }

    /** A session begins: notices may have been missed, and the server may have lost something. */
    void sessionBegins() {
        renew();
        write();
    }

    /** Writes what is due, as much as may be at a time. Called now and then. */
    void write() {
        for (ClientId id : some(released.keySet())) {
            Claimed mine = released.remove(id);
            if (mine != null) {
                writeRelease(id, mine);
            }
        }
        for (ClientId id : some(due)) {
            due.remove(id);
            Claimed mine = claimed.get(id);
            if (mine != null) {
                update(id, mine);
            }
        }
    }

    private static List<ClientId> some(Set<ClientId> ids) {
        return ids.stream().limit(MOST_AT_A_TIME).toList();
    }

    /** Writes what has changed, and renews the lease. */
    private void update(ClientId id, Claimed mine) {
        Claimed.Change change = mine.unwritten();
        long through = position.getAsLong();
        server.call(
                        Script.UPDATE,
                        keys(id),
                        Bytes.of(relay),
                        Bytes.of(mine.claim),
                        Bytes.of(change.version()),
                        Bytes.of(times.lease()),
                        Bytes.of(names.registrationsOfUsers()),
                        Bytes.of(change.topics()),
                        Bytes.of(change.cursor()))
                .whenComplete((answer, failure) -> {
                    if (failure == null && Bytes.number(answer, 0) == LOST) {
                        // Where its connection has ended meanwhile, its release puts it back.
                        if (claimed.get(id) == mine) {
                            putBack(id, mine);
                        }
                    } else {
                        written(id, mine, change.version(), through, answer, failure);
                    }
                });
    }

    private void putBack(ClientId id, Claimed mine) {
        long version = mine.unwritten().version();
        long through = position.getAsLong();
        restore(id, mine, relay, times.lease().plus(mine.registration().keep()))
                .whenComplete((answer, failure) -> written(id, mine, version, through, answer, failure));
    }

    private void written(
            ClientId id,
            Claimed mine,
            long version,
            long through,
            @Nullable List<Object> answer,
            @Nullable Throwable failure) {
        if (failure != null || answer == null) {
            if (claimed.get(id) == mine) {
                due.add(id);
            }
            return;
        }
        long outcome = Bytes.number(answer, 0);
        if (outcome < 0) {
            ended(id, mine, outcome);
        } else {
            mine.written(version, through);
        }
    }

    /** Nothing if somebody else has told already. */
    private void ended(ClientId id, Claimed mine, long how) {
        if (claimed.remove(id, mine)) {
            tell(whom -> {
                if (how == REMOVED) {
                    whom.removed(id, mine.claim);
                } else {
                    whom.overtaken(id, mine.claim);
                }
            });
        }
    }

    private CompletionStage<List<Object>> restore(ClientId id, Claimed mine, String owner, Duration life) {
        UserId user = mine.registration().user();
        List<byte[]> arguments = new ArrayList<>(List.of(
                Bytes.of(owner),
                Bytes.of(mine.claim),
                Bytes.of(mine.since),
                Bytes.of(mine.knownThrough()),
                Bytes.of(life),
                Bytes.of(names.registrationsOfUsers()),
                Bytes.of(names.relays()),
                Bytes.of(id.secret()),
                Bytes.of(user.value())));
        arguments.addAll(mine.fields(owner));
        String[] keys = {names.registration(id), names.removals(), names.forgottenRemovals()};
        return server.call(Script.RESTORE, keys, arguments.toArray(byte[][]::new));
    }

    private void tell(Consumer<Ends> what) {
        Ends whom = ends;
        if (whom != null) {
            what.accept(whom);
        }
    }

    private String[] keys(ClientId id) {
        return new String[] {names.registration(id)};
    }
}
