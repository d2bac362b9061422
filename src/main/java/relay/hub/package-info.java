/**
 * The front of the relay, for any thread: publish, register, connect, look up, and what the engine brings.
 *
 * <p>{@link relay.hub.Hub} numbers an accepted message in one short critical section and puts it on the queue of every fan-out
 * worker in that order. {@link relay.hub.Directory} looks clients and topics up. {@link relay.hub.Admission} lets connections
 * in. No method blocks unless it says so. Imports {@code relay.fanout}, {@code relay.history}, {@code relay.publish},
 * {@code relay.client}, {@code relay.outbound}, {@code relay.engine}, {@code relay.message} and {@code relay.metrics}.
 */
@NullMarked
package relay.hub;

import org.jspecify.annotations.NullMarked;
