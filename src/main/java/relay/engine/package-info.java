/**
 * Where the one sequence, the past and the registrations live: in this process, or in a server that several relays share.
 *
 * <p>{@link relay.engine.Engine} is the port that the hub publishes through, {@link relay.engine.Receiver} the one that
 * messages come back by; {@link relay.engine.Registrations} is where registrations are kept that every relay can serve,
 * {@link relay.engine.Peers} the others who can be asked for what only they have.
 * {@link relay.engine.LocalEngine} is this process alone. Everything here is for any thread; nothing blocks. Imports
 * {@code relay.client} (for the names of registrations) and {@code relay.message}.
 */
@NullMarked
package relay.engine;

import org.jspecify.annotations.NullMarked;
