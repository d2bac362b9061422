/**
 * Gives every message its place, and brings it to the clients that asked for it.
 *
 * <p>{@link relay.hub.Hub} is for any thread: it numbers an accepted message in one short critical section and puts it on
 * the queue of every fan-out worker in that order. A worker ({@code FanOut}) is one thread that owns a share of the
 * clients. Everything that happens to a client is a command on its worker's one queue, so each command is atomic towards
 * every publish: who subscribes, connects or comes back reads the {@code History} up to the worker's own position, and
 * goes on from there with what is new. Beside the hub only {@code Log}, {@code History}, {@code Receipt},
 * {@code TopicCounts}, {@code TopicListing}, {@code AskedTopic}, {@code AskedTopics}, {@link relay.hub.Directory} and
 * {@link relay.hub.Confirmation} are shared between threads. Imports {@code relay.client}, {@code relay.message} and
 * {@code relay.metrics}.
 */
@NullMarked
package relay.hub;

import org.jspecify.annotations.NullMarked;
