package relay.engine.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Registration;
import relay.engine.Registrations;
import relay.engine.Registrations.Claim;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;
import relay.message.UserId;

/**
 * The registrations in the server. For any thread.
 *
 * @param mostOfUser how many one user may have at a time
 * @param heard says to scripts what the backend hears of
 */
record RedisRegistrations(
        Keys keys, Timings timings, CurrentConnection server, Claims claims, int mostOfUser, Heard heard)
        implements Registrations {
    private static final Logger LOG = LoggerFactory.getLogger(RedisRegistrations.class);

    /** The number of the claim for a registration's first connection. */
    private static final long FIRST_CLAIM = 1;

    /** How many removals the server remembers, for relays that are away. */
    private static final int MOST_REMOVALS = 100_000;

    private CompletionStage<Reply> call(Script script, String[] of, Object... arguments) {
        return server.call(script, of, arguments).exceptionally(failure -> {
            throw new CompletionException(EngineException.unavailable(failure, "the engine failed"));
        });
    }

    @Override
    public CompletionStage<MessageId> add(Registration registration, Duration registerTtl) {
        List<Object> arguments = new ArrayList<>(
                List.of(registerTtl, keys.registrations(), registration.id().secret(), mostOfUser));
        arguments.addAll(RegistrationFields.of(registration));
        return call(
                        Script.ADD,
                        new String[] {
                            keys.registration(registration.id()), keys.registrationsOf(registration.user()), keys.log()
                        },
                        arguments.toArray())
                .thenApply(reply -> {
                    if (reply.size() == 0) {
                        throw UnavailableException.userHasTooMany("registrations", mostOfUser);
                    }
                    return newest(reply);
                });
    }

    /** A reply of a sequence, and the run id and epoch of its log. */
    private static MessageId newest(Reply reply) {
        String log = reply.text(1);
        return new MessageId(log.substring(log.indexOf(' ') + 1), Long.parseLong(reply.text(0)));
    }

    @Override
    public CompletionStage<Optional<Registration>> find(ClientId id) {
        return call(Script.FIND, new String[] {keys.registration(id), keys.loss()})
                .thenApply(reply ->
                        reply.size() == 1 ? Optional.empty() : Optional.of(RegistrationFields.parse(id, reply)));
    }

    @Override
    public CompletionStage<Optional<Standing>> standing(ClientId id) {
        return call(Script.FIND, new String[] {keys.registration(id), keys.loss()})
                .thenApply(reply -> reply.size() == 1
                        ? none(reply)
                        : Optional.of(new Standing(
                                RegistrationFields.parse(id, reply),
                                reply.number(0),
                                Optional.of(reply.text(9)).filter(owner -> !owner.isEmpty()),
                                reply.text(10) + " " + reply.text(11))));
    }

    @Override
    public CompletionStage<Boolean> change(Standing before, Registration after, boolean force) {
        Registration had = before.registration();
        String owner = before.relay().orElse("");
        String[] revision = before.revision().split(" ", -1);
        Map<Topic, Long> kept = new LinkedHashMap<>(had.topics());
        kept.keySet().retainAll(after.topics().keySet());
        Set<Topic> added = new LinkedHashSet<>(after.topics().keySet());
        added.removeAll(kept.keySet());
        List<Object> arguments = new ArrayList<>(List.of(
                owner,
                before.claim(),
                revision[0],
                revision[1],
                keys.channelOf(owner),
                had.id().secret(),
                timings.lease().plus(had.keep()),
                force ? "force" : "",
                RegistrationFields.topics(kept),
                RegistrationFields.names(added)));
        arguments.addAll(RegistrationFields.permissions(after));
        return call(
                        Script.CHANGE,
                        new String[] {
                            keys.registration(had.id()), keys.log(), keys.takenFrom(owner), keys.heartbeatOf(owner)
                        },
                        arguments.toArray())
                .thenApply(reply -> reply.number(0) == 1);
    }

    /** What is not written yet of an older claim goes before it, by the same socket. */
    @Override
    public CompletionStage<Optional<Claim>> claim(ClientId id) {
        claims.writeBeforeClaim(id);
        return call(
                        Script.CLAIM,
                        heard.keys(keys.registration(id), keys.log(), keys.loss()),
                        heard.arguments(
                                keys.relay(),
                                timings.lease(),
                                keys.registrationsOfUsers(),
                                keys.channelsOfRelays(),
                                id.secret()))
                .thenApply(reply -> reply.size() == 1 ? none(reply) : Optional.of(claimed(id, reply)));
    }

    /** The relay that serves it may be about to put it back. */
    private static <T> Optional<T> none(Reply reply) {
        if (reply.number(0) < 0) {
            throw UnavailableException.engine(
                    "the engine has lost registrations, and this one may be put back: come back in a second");
        }
        return Optional.empty();
    }

    private Claim claimed(ClientId id, Reply reply) {
        String cursor = reply.text(9);
        Claim claim = new Claim(
                RegistrationFields.parse(id, reply),
                reply.number(0),
                cursor.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(cursor)),
                reply.number(0) == FIRST_CLAIM || reply.number(11) == 1);
        claims.add(id, new ClaimedRegistration(claim, Long.parseLong(reply.text(10))));
        return claim;
    }

    @Override
    public void topics(ClientId id, long claim, Map<Topic, Long> topics) {
        claims.topics(id, claim, topics);
    }

    @Override
    public CompletionStage<Void> renewed(ClientId id, long claim, TopicFilter granted, Optional<Instant> ends) {
        return claims.renewed(id, claim, granted, ends);
    }

    @Override
    public CompletionStage<Void> changed(
            ClientId id, long claim, TopicFilter allowed, TopicFilter publish, Map<Topic, Long> topics) {
        return claims.changed(id, claim, allowed, publish, topics);
    }

    @Override
    public void acknowledged(ClientId id, long claim, long sequence) {
        claims.acknowledged(id, claim, sequence);
    }

    @Override
    public void release(ClientId id, long claim, OptionalLong cursor) {
        claims.release(id, claim, cursor);
    }

    @Override
    public CompletionStage<Boolean> remove(ClientId id) {
        return call(
                        Script.REMOVE,
                        heard.keys(keys.registration(id), keys.log(), keys.removals(), keys.forgottenRemovals()),
                        heard.arguments(id.secret(), keys.registrationsOfUsers(), keys.control(), MOST_REMOVALS))
                .thenApply(reply -> reply.number(0) == 1);
    }

    @Override
    public CompletionStage<Void> revoke(UserId user) {
        return call(
                        Script.REVOKE,
                        new String[] {keys.log(), keys.removals(), keys.forgottenRemovals()},
                        user.value(),
                        keys.control(),
                        MOST_REMOVALS)
                .thenAccept(done -> {});
    }

    @Override
    public CompletionStage<List<ClientId>> of(UserId user) {
        return call(Script.OF, new String[] {keys.registrationsOf(user)}, keys.registrations())
                .thenApply(reply -> reply.texts()
                        .map(ClientId::parse)
                        .flatMap(Optional::stream)
                        .toList());
    }

    @Override
    public void end(ClientId id, long claim) {
        claims.forget(id, claim);
        remove(id).exceptionally(failure -> {
            LOG.debug("{}, whose credential has expired, lives on until its lease ends", id);
            return false;
        });
    }
}
