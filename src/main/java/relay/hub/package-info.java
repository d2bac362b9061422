/**
 * Gives every message its place, and brings it to the clients that asked for it.
 *
 * <p>{@link relay.hub.Hub} is for any thread: it numbers an accepted message in one short critical section and puts it on
 * the queue of every fan-out worker in that order. A {@code Worker} is one thread that owns a share of the clients, its
 * {@code FanOut}. Everything that happens to a client is a command on its worker's one queue, so each command is atomic
 * towards every publish: whoever subscribes, connects or comes back reads the {@code History} up to the worker's own
 * position, and goes on from there with what is new.
 *
 * <p>No command holds the others up. It ends no batch: whoever it changes is written to first, for itself. What would take
 * more than a millisecond goes in steps. And whoever catches up stands in a second line ({@code CatchUpLine}), behind
 * everybody who is up to date.
 *
 * <p>Beside the hub only {@code Log}, {@code History}, {@code Receipt},
 * {@code TopicCounts}, {@code TopicListing}, {@code AskedTopic}, {@code AskedTopics}, {@link relay.hub.Directory} and
 * {@link relay.hub.Confirmation} are shared between threads. Imports {@code relay.client}, {@code relay.message} and
 * {@code relay.metrics}.
 */
@NullMarked
package relay.hub;

import org.jspecify.annotations.NullMarked;
