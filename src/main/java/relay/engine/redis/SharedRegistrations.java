package relay.engine.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.ClientId;
import relay.engine.Registration;
import relay.engine.Registrations;
import relay.engine.Registrations.Claim;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.message.UserId;

/** The registrations in the server. For any thread. */
final class SharedRegistrations implements Registrations {
    private static final Logger LOG = LoggerFactory.getLogger(SharedRegistrations.class);

    /** How many removals the server remembers, for relays that are away. */
    private static final int MOST_REMOVALS = 100_000;

    private final Names names;
    private final String relay;
    private final Times times;
    private final Claims.Caller server;
    private final Claims claims;
    private final int mostOfUser;

    SharedRegistrations(Names names, String relay, Times times, Claims.Caller server, Claims claims, int mostOfUser) {
        this.names = names;
        this.relay = relay;
        this.times = times;
        this.server = server;
        this.claims = claims;
        this.mostOfUser = mostOfUser;
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
        arguments.add(Bytes.of(mostOfUser));
        arguments.addAll(RegistrationFields.of(registration));
        String[] keys = {names.registration(registration.id()), names.registrationsOf(registration.user()), names.log()
        };
        return said(server.call(Script.ADD, keys, arguments.toArray(byte[][]::new)))
                .thenApply(answer -> {
                    if (answer.isEmpty()) {
                        throw UnavailableException.userHasTooMany("registrations", mostOfUser);
                    }
                    return newest(answer);
                });
    }

    /** An answer of a sequence, and the run id and epoch of its log. */
    private static MessageId newest(List<Object> answer) {
        String log = Bytes.text(answer, 1);
        return new MessageId(log.substring(log.indexOf(' ') + 1), Long.parseLong(Bytes.text(answer, 0)));
    }

    @Override
    public CompletionStage<Optional<Registration>> find(ClientId id) {
        return said(server.call(Script.FIND, keys(id)))
                .thenApply(answer ->
                        answer.size() == 1 ? Optional.empty() : Optional.of(RegistrationFields.parse(id, answer)));
    }

    /** What is not written yet of an older claim goes before it, by the same connection. */
    @Override
    public CompletionStage<Optional<Claim>> claim(ClientId id) {
        claims.writeBeforeClaim(id);
        return said(server.call(
                        Script.CLAIM,
                        new String[] {names.registration(id), names.log(), names.loss()},
                        Bytes.of(relay),
                        Bytes.of(times.lease()),
                        Bytes.of(names.registrationsOfUsers()),
                        Bytes.of(names.relays()),
                        Bytes.of(id.secret())))
                .thenApply(answer -> answer.size() == 1 ? none(answer) : Optional.of(claimed(id, answer)));
    }

    /** The relay that serves it may be about to put it back. */
    private static Optional<Claim> none(List<Object> answer) {
        if (Bytes.number(answer, 0) < 0) {
            throw UnavailableException.engine(
                    "the engine has lost registrations, and this one may be put back: come back in a second");
        }
        return Optional.empty();
    }

    private Claim claimed(ClientId id, List<Object> answer) {
        long number = Bytes.number(answer, 0);
        String written = Bytes.text(answer, 6);
        OptionalLong cursor = written.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(written));
        Registration registration = RegistrationFields.parse(id, answer);
        long since = Long.parseLong(Bytes.text(answer, 7));
        claims.add(id, new Claimed(registration, number, cursor, since));
        return new Claim(registration, number, cursor);
    }

    @Override
    public void topics(ClientId id, long claim, Map<Topic, Long> topics) {
        claims.topics(id, claim, topics);
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
        return said(server.call(
                        Script.REMOVE,
                        new String[] {names.registration(id), names.log(), names.removals(), names.forgottenRemovals()},
                        Bytes.of(id.secret()),
                        Bytes.of(names.registrationsOfUsers()),
                        Bytes.of(names.control()),
                        Bytes.of(MOST_REMOVALS)))
                .thenApply(answer -> Bytes.number(answer, 0) == 1);
    }

    @Override
    public CompletionStage<Void> revoke(UserId user) {
        return said(server.call(
                        Script.REVOKE,
                        new String[] {names.log(), names.removals(), names.forgottenRemovals()},
                        Bytes.of(user.value()),
                        Bytes.of(names.control()),
                        Bytes.of(MOST_REMOVALS)))
                .thenAccept(done -> {});
    }

    @Override
    public CompletionStage<List<ClientId>> of(UserId user) {
        return said(server.call(Script.OF, new String[] {names.registrationsOf(user)}, Bytes.of(names.registrations())))
                .thenApply(ids -> ids.stream()
                        .map(digits -> ClientId.parse(Bytes.text((byte[]) digits)))
                        .flatMap(Optional::stream)
                        .toList());
    }

    @Override
    public void end(ClientId id, long claim) {
        claims.forget(id, claim);
        remove(id).exceptionally(failure -> {
            LOG.debug("{}, whose credential has ended, lives on until its lease ends", id);
            return false;
        });
    }

    private String[] keys(ClientId id) {
        return new String[] {names.registration(id)};
    }
}
