/**
 * The registry of clients, and what is looked up of clients and topics.
 *
 * <p>{@link relay.client.ClientRegistry} is for any thread. A {@link relay.client.Client}'s queue is set by the fan-out
 * worker that owns the client. Imports {@code relay.outbound} and {@code relay.message}.
 */
@NullMarked
package relay.client;

import org.jspecify.annotations.NullMarked;
