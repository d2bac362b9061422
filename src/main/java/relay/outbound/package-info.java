/**
 * What a connection has yet to send, and the port to its wire.
 *
 * <p>The fan-out worker that owns a client fills its {@link relay.outbound.SendQueue}; the thread that finds the wire writable
 * drains it. The queue's own lock keeps the two apart. All queues together have a bound, in
 * {@link relay.outbound.QueueMemory}: the thread that finds it reached evicts the fullest. {@link relay.outbound.Connection} is
 * the port that a wire (a WebSocket, an event stream) implements. {@link relay.outbound.CloseReason} lists the close codes that the relay
 * chooses, and says where else to add a new one. Imports {@code relay.message}.
 */
@NullMarked
package relay.outbound;

import org.jspecify.annotations.NullMarked;
