/**
 * Who receives: the registry of clients, and for each of them the queue of what its connection has yet to send.
 *
 * <p>{@link relay.client.ClientRegistry} is for any thread. A {@link relay.client.Client}'s queue is set by the fan-out
 * worker that owns the client. A {@link relay.client.SendQueue} is filled by that worker and drained by whichever thread
 * finds the wire writable; its own lock keeps the two apart. What all queues take together has a bound, in
 * {@code QueueMemory}: whoever finds it reached closes the fullest. {@link relay.client.Connection} is the port that a wire
 * (a WebSocket, an event stream) implements. Imports {@code relay.message}.
 */
@NullMarked
package relay.client;

import org.jspecify.annotations.NullMarked;
