/**
 * Brings each message to the clients that asked for it.
 *
 * <p>A {@code WorkerLoop} is one thread that owns a share of the clients, its {@link relay.fanout.Worker}. Everything that happens
 * to a client is a command on its worker's one queue, so each command is atomic towards every publish: a client that
 * subscribes, connects or comes back reads the history up to the worker's own position, and goes on from there with new
 * messages.
 *
 * <p>No command holds the others up. It ends no batch: the client it changes is written to first, on its own. What would take
 * more than a millisecond goes in steps. A client that catches up waits in a second line ({@code CatchUpQueue}), behind
 * every client that is up to date.
 *
 * <p>Only {@code TopicTable}, {@code TopicListing}, {@code SubscribedTopic} and {@code SubscribedTopics} are shared between threads.
 * Imports {@code relay.history}, {@code relay.publish}, {@code relay.client}, {@code relay.outbound}, {@code relay.engine},
 * {@code relay.message} and {@code relay.metrics}. It does not know the hub.
 */
@NullMarked
package relay.fanout;

import org.jspecify.annotations.NullMarked;
