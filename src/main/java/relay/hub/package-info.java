/**
 * The front of the relay, for any thread.
 *
 * <ul>
 *   <li>{@link relay.hub.Hub}: publish, connect, subscribe, acknowledge; each command goes to the worker that owns the client
 *   <li>{@link relay.hub.Admission}: lets connections in, within their limit
 *   <li>{@link relay.hub.Registrar}: who is registered; {@code LocalRegistrar} for a relay by itself, {@code JournaledRegistrar} for
 *       one that keeps its registrations on disk, {@code SharedRegistrar} for several with one engine
 *   <li>{@link relay.hub.DirectClients}: those that come without a registration
 *   <li>{@link relay.hub.Directory}: looks clients and topics up
 *   <li>{@link relay.hub.Past}: reads single topics page by page ({@code PageReading}); a {@link relay.hub.Poll} waits for the next
 *       message, and {@code Waiters} has all that do
 *   <li>{@code EngineEvents}: what the engine brings, for the history and the workers
 *   <li>{@code BackendEvents}: what the backend is to hear of, on its way to the outbox; {@code HeardRegistrations}: who comes and goes,
 *       and {@code StoredEvents}: not before that is stored
 * </ul>
 *
 * <p>No method blocks unless it says so. Imports {@code relay.fanout}, {@code relay.history}, {@code relay.publish},
 * {@code relay.client}, {@code relay.outbound}, {@code relay.engine}, {@code relay.message}, {@code relay.metrics},
 * {@code relay.access}, {@code relay.uri}, {@code relay.schedule} and {@code relay.fatal}.
 */
@NullMarked
package relay.hub;

import org.jspecify.annotations.NullMarked;
