package relay.hub;

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
import java.util.function.Consumer;
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
 * An engine of one relay with one registration, which is claimed as often as somebody asks. Topics are followed when the test
 * says so. For one thread, but for what a worker tells it.
 */
final class SharedEngine extends NumberingEngine implements Registrations {
    private final Registration registration;
    private final List<CompletableFuture<Hold>> follows = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private Consumer<String> beforeCall = call -> {};
    private OptionalLong cursor = OptionalLong.empty();
    private long claims;

    SharedEngine(Registration registration) {
        this.registration = registration;
    }

    /** From now on claims have this cursor. */
    void cursor(long sequence) {
        cursor = OptionalLong.of(sequence);
    }

    /** Is told of each claim and each follow, and may throw. */
    void beforeCall(Consumer<String> action) {
        beforeCall = action;
    }

    /** The topics that were asked for as the so-manieth are followed from now on. */
    void follow(int request) {
        follows.get(request - 1).complete(() -> tell("hold " + request + " released"));
    }

    /** The topics that were asked for as the so-manieth cannot be followed. */
    void cannotFollow(int request) {
        follows.get(request - 1).completeExceptionally(UnavailableException.engine("cannot follow"));
    }

    /** What was done with claims and holds, in order. */
    synchronized List<String> told() {
        return List.copyOf(told);
    }

    private synchronized void tell(String what) {
        told.add(what);
    }

    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<Reader> past) {
        beforeCall.accept("follow");
        CompletableFuture<Hold> following = new CompletableFuture<>();
        if (past.isEmpty()) {
            // Nobody waits for what was published before.
            following.complete(() -> {});
        }
        follows.add(following);
        return following;
    }

    @Override
    public Optional<Registrations> registrations() {
        return Optional.of(this);
    }

    @Override
    public CompletionStage<Optional<Claim>> claim(ClientId id) {
        beforeCall.accept("claim");
        return CompletableFuture.completedStage(Optional.of(new Claim(registration, ++claims, cursor, claims == 1)));
    }

    @Override
    public void release(ClientId id, long claim, OptionalLong cursor) {
        tell("claim " + claim + " released");
    }

    @Override
    public CompletionStage<Optional<Registration>> find(ClientId id) {
        return CompletableFuture.completedStage(Optional.of(registration));
    }

    @Override
    public CompletionStage<MessageId> add(Registration added, Duration registerTtl) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> remove(ClientId id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Void> revoke(UserId user) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<List<ClientId>> of(UserId user) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Void> renewed(ClientId id, long claim, TopicFilter granted, Optional<Instant> ends) {
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<Optional<Standing>> standing(ClientId id) {
        return CompletableFuture.completedStage(
                Optional.of(new Standing(registration, claims, Optional.of("this"), "")));
    }

    @Override
    public CompletionStage<Boolean> change(Standing before, Registration after, boolean force) {
        tell("claim " + before.claim() + (force ? " taken for " : " not taken for ")
                + after.topics().keySet());
        return CompletableFuture.completedStage(true);
    }

    @Override
    public CompletionStage<Void> changed(
            ClientId id, long claim, TopicFilter allowed, TopicFilter publish, Map<Topic, Long> topics) {
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void topics(ClientId id, long claim, Map<Topic, Long> topics) {}

    @Override
    public void acknowledged(ClientId id, long claim, long sequence) {}

    @Override
    public void end(ClientId id, long claim) {}
}
