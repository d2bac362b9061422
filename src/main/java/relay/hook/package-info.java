/**
 * The events for the backend: kept while they wait, and posted to its URL as Standard Webhooks.
 *
 * <ul>
 *   <li>{@code LocalOutbox}: the events that wait in this relay, in memory or also in a file
 *   <li>{@link relay.hook.HookSender}: takes them from the {@link relay.engine.Outbox}, and posts them to the {@code HookEndpoint} until
 *       the backend has taken them; {@link relay.hook.HookState} says how far it has come
 *   <li>{@link relay.hook.HookSecret}: signs them, or checks that they are signed
 * </ul>
 *
 * <p>Two threads, which may wait for the network and the disk and for which nobody waits: {@code hook} posts, {@code hook-secret-file}
 * reads the secret. Imports {@code relay.engine}, {@code relay.access} (for secrets in files), {@code relay.message}, {@code
 * relay.json}, {@code relay.schedule} and {@code relay.fatal}.
 */
@NullMarked
package relay.hook;

import org.jspecify.annotations.NullMarked;
