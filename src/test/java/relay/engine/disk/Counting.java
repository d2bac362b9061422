package relay.engine.disk;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import relay.engine.Epochs;
import relay.engine.Journal.Entry;
import relay.engine.Peers.ReplyTo;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** Counts only, so that it costs nothing. For an engine that is alone. */
class Counting implements Receiver {
    long messageCount;
    long entryCount;

    @Override
    public void epochs(Epochs now) {}

    @Override
    public void own(AcceptedMessage accepted, Publication publication, long location) {}

    @Override
    public void restored(long sequence, List<Topic> topics, Optional<UserId> recipient, long location, long ageNanos) {
        messageCount++;
    }

    @Override
    public void retained(Past value) {}

    @Override
    public void restored(Entry entry) {
        entryCount++;
    }

    @Override
    public void trimmed(long through) {}

    @Override
    public void damaged(long after, long through) {
        throw new AssertionError(after + " to " + through);
    }

    @Override
    public void reached(long sequence) {}

    @Override
    public void fromElsewhere(AcceptedMessage accepted, Optional<ReplyTo> replyTo) {
        throw new AssertionError();
    }

    @Override
    public void following(Topic topic, long since) {
        throw new AssertionError();
    }

    @Override
    public void notFollowing(Topic topic) {
        throw new AssertionError();
    }

    @Override
    public void loaded(Topic topic, Optional<UserId> recipient, List<Past> past, long trimmedThrough) {
        throw new AssertionError();
    }

    @Override
    public void interrupted(Map<Topic, Set<UserId>> brought, long through) {
        throw new AssertionError();
    }

    @Override
    public void missed(Topic topic, Optional<UserId> recipient, MessageId after, long through, Gap.Reason reason) {
        throw new AssertionError();
    }

    @Override
    public void lost(MessageId after) {
        throw new AssertionError();
    }

    @Override
    public boolean isWanted(Topic topic) {
        return true;
    }

    @Override
    public CompletionStage<Map<Topic, Set<UserId>>> wanted() {
        return CompletableFuture.completedStage(Map.of());
    }

    @Override
    public void replaced(ClientId id, long claim) {
        throw new AssertionError();
    }

    @Override
    public void taken(ClientId id, long claim) {
        throw new AssertionError();
    }

    @Override
    public void removed(ClientId id, long claim) {
        throw new AssertionError();
    }

    @Override
    public void removedAllOf(UserId user) {
        throw new AssertionError();
    }
}
