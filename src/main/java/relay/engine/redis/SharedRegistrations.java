package relay.engine.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.ClientId;
import relay.engine.Claim;
import relay.engine.Registration;
import relay.engine.Registrations;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/**
 * The registrations in the server. What is to be written of those that are claimed here, and cannot be at once, is written
 * later: positions once a second, so many at a time; ends of connections in the next session. For any thread.
 */
final class SharedRegistrations implements Registrations {
    private static final Logger LOG = LoggerFactory.getLogger(SharedRegistrations.class);
    private static final int MOST_AT_A_TIME = 4000;
    private static final int MOST_RELEASES = 100_000;
    private static final String NONE = "";

    private record Release(ClientId id, long claim, OptionalLong cursor, String topics) {}

    private final Names names;
    private final String relay;
    private final Times times;
    private final Supplier<@Nullable Session> sessions;
    private final Map<ClientId, Claimed> claimed = new ConcurrentHashMap<>();
    /** Claimed here, and to be written. */
    private final Set<ClientId> due = ConcurrentHashMap.newKeySet();

    private final ConcurrentLinkedQueue<Release> releases = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /** Told of claims that another relay's have ended, where its notice did not come or came too early. */
    private volatile BiConsumer<ClientId, Long> overtaken = (id, claim) -> {};

    SharedRegistrations(Names names, String relay, Times times, Supplier<@Nullable Session> sessions) {
        this.names = names;
        this.relay = relay;
        this.times = times;
        this.sessions = sessions;
    }

    /** Says who is told of claims that have ended unnoticed, by a thread that must not wait. */
    void tellOfOvertaken(BiConsumer<ClientId, Long> whom) {
        overtaken = whom;
    }

    private CompletionStage<List<Object>> call(Script script, String[] keys, byte[]... arguments) {
        Session session = sessions.get();
        return session == null
                ? CompletableFuture.failedStage(new CallFailedException(true, "the engine is away"))
                : session.call(script, keys, arguments);
    }

    private static CompletionStage<List<Object>> said(CompletionStage<List<Object>> answer) {
        return answer.exceptionally(failure -> {
            throw new CompletionException(
                    Session.cause(failure) instanceof CallFailedException failed
                            ? failed.unavailable()
                            : UnavailableException.engine("the engine failed: come back in a second"));
        });
    }

    @Override
    public CompletionStage<MessageId> add(Registration registration, Duration registerTtl) {
        List<byte[]> arguments = new ArrayList<>();
        arguments.add(Bytes.of(registerTtl));
        arguments.add(Bytes.of(names.registrations()));
        arguments.add(Bytes.of(registration.id().secret()));
        arguments.addAll(RegistrationFields.of(registration));
        String[] keys = {names.registration(registration.id()), names.registrationsOf(registration.user()), names.log()
        };
        return said(call(Script.ADD, keys, arguments.toArray(byte[][]::new))).thenApply(SharedRegistrations::newest);
    }

    /** An answer of a sequence, and the run id and epoch of its log. */
    private static MessageId newest(List<Object> answer) {
        String log = Bytes.text(answer, 1);
        return new MessageId(log.substring(log.indexOf(' ') + 1), Long.parseLong(Bytes.text(answer, 0)));
    }

    @Override
    public CompletionStage<Optional<Registration>> find(ClientId id) {
        return said(call(Script.FIND, keys(id)))
                .thenApply(answer ->
                        answer.size() == 1 ? Optional.empty() : Optional.of(RegistrationFields.parse(id, answer)));
    }

    @Override
    public CompletionStage<Optional<Claim>> claim(ClientId id) {
        return said(call(
                        Script.CLAIM,
                        keys(id),
                        Bytes.of(relay),
                        Bytes.of(times.lease()),
                        Bytes.of(names.registrationsOfUsers()),
                        Bytes.of(names.relays()),
                        Bytes.of(id.secret())))
                .thenApply(answer -> answer.size() == 1 ? Optional.empty() : Optional.of(claimed(id, answer)));
    }

    private Claim claimed(ClientId id, List<Object> answer) {
        long number = Bytes.number(answer, 0);
        claimed.merge(id, new Claimed(number), (old, now) -> old.claim > now.claim ? old : now);
        String cursor = Bytes.text(answer, 6);
        return new Claim(
                RegistrationFields.parse(id, answer),
                number,
                cursor.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(cursor)));
    }

    @Override
    public void topics(ClientId id, long claim, Map<Topic, Long> topics) {
        Claimed mine = claimed.get(id);
        if (mine != null && mine.claim == claim) {
            mine.topics(RegistrationFields.topics(topics));
            update(id, mine);
        } else {
            overtaken.accept(id, claim);
        }
    }

    @Override
    public void acknowledged(ClientId id, long claim, long sequence) {
        Claimed mine = claimed.get(id);
        if (mine != null && mine.claim == claim && mine.acknowledge(sequence)) {
            due.add(id);
        }
    }

    @Override
    public void release(ClientId id, long claim, OptionalLong cursor) {
        Claimed mine = claimed.get(id);
        String topics = NONE;
        if (mine != null && mine.claim == claim) {
            topics = mine.take().topics();
            forget(id, claim);
        }
        send(new Release(id, claim, cursor, topics));
    }

    private void send(Release release) {
        call(
                        Script.RELEASE,
                        keys(release.id()),
                        Bytes.of(relay),
                        Bytes.of(release.claim()),
                        release.cursor().isPresent() ? Bytes.of(release.cursor().getAsLong()) : Bytes.NONE,
                        Bytes.of(names.registrationsOfUsers()),
                        Bytes.of(release.id().secret()),
                        Bytes.of(release.topics()))
                .whenComplete((answer, failure) -> {
                    if (failure != null) {
                        later(release);
                    }
                });
    }

    private void later(Release release) {
        if (waiting.incrementAndGet() > MOST_RELEASES) {
            waiting.decrementAndGet();
            LOG.warn("the end of {}'s connection is not written: it lives on until its lease ends", release.id());
        } else {
            releases.add(release);
        }
    }

    @Override
    public CompletionStage<Boolean> remove(ClientId id) {
        return said(call(
                        Script.REMOVE,
                        keys(id),
                        Bytes.of(id.secret()),
                        Bytes.of(names.registrationsOfUsers()),
                        Bytes.of(names.relays())))
                .thenApply(answer -> Bytes.number(answer, 0) == 1);
    }

    @Override
    public CompletionStage<List<ClientId>> of(UserId user) {
        return said(call(Script.OF, new String[] {names.registrationsOf(user)}, Bytes.of(names.registrations())))
                .thenApply(ids -> ids.stream()
                        .map(digits -> ClientId.parse(Bytes.text((byte[]) digits)))
                        .flatMap(Optional::stream)
                        .toList());
    }

    /** It is claimed anew, or removed. */
    void forget(ClientId id, long claim) {
        claimed.computeIfPresent(id, (key, mine) -> mine.claim <= claim ? null : mine);
        due.remove(id);
    }

    /** All leases are due. */
    void renew() {
        due.addAll(claimed.keySet());
    }

    /** Writes what is due, as much as may be at a time. Called now and then. */
    void write() {
        if (sessions.get() == null) {
            return;
        }
        for (int i = waiting.get(); i > 0; i--) {
            Release release = releases.poll();
            if (release == null) {
                break;
            }
            waiting.decrementAndGet();
            send(release);
        }
        Iterator<ClientId> ids = due.iterator();
        for (int i = 0; i < MOST_AT_A_TIME && ids.hasNext(); i++) {
            ClientId id = ids.next();
            ids.remove();
            Claimed mine = claimed.get(id);
            if (mine != null) {
                update(id, mine);
            }
        }
    }

    /** Writes what has changed, and renews the lease. */
    private void update(ClientId id, Claimed mine) {
        Claimed.Change change = mine.take();
        call(
                        Script.UPDATE,
                        keys(id),
                        Bytes.of(relay),
                        Bytes.of(mine.claim),
                        Bytes.of(times.lease()),
                        Bytes.of(names.registrationsOfUsers()),
                        Bytes.of(change.topics()),
                        change.cursor() < 0 ? Bytes.NONE : Bytes.of(change.cursor()))
                .whenComplete((answer, failure) -> {
                    if (failure != null && claimed.get(id) == mine) {
                        mine.putBack(change);
                        due.add(id);
                    } else if (failure == null && Bytes.number(answer, 0) < 0 && claimed.remove(id, mine)) {
                        overtaken.accept(id, mine.claim);
                    }
                });
    }

    private String[] keys(ClientId id) {
        return new String[] {names.registration(id)};
    }
}
