package relay.fanout;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import relay.message.Topic;

/**
 * A client that was to change. Immutable, for any thread.
 *
 * @param topics what it is subscribed to now
 * @param refused why it is as it was, for people; empty: it was to change
 * @param done completes when the change is stored, in any thread, which must not wait; fails with {@link
 *     relay.message.UnavailableException}, which says whether it is in force
 */
public record ChangedClient(Set<Topic> topics, Optional<String> refused, CompletionStage<Void> done) {}
