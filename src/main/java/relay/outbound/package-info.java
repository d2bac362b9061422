/**
 * What one connection has yet to send, and the port to its wire.
 *
 * <p>A {@link relay.outbound.SendQueue} is filled by the fan-out worker that owns the client and drained by whichever thread
 * finds the wire writable; its own lock keeps the two apart. All queues together have a bound, in
 * {@link relay.outbound.QueueMemory}: a thread that finds it reached closes the fullest. {@link relay.outbound.Connection} is the
 * port that a wire (a WebSocket, an event stream) implements. {@link relay.outbound.CloseReason} lists every close code, and says
 * where else a new one is to be added.
 * Imports {@code relay.message}.
 */
@NullMarked
package relay.outbound;

import org.jspecify.annotations.NullMarked;
