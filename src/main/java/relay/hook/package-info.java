/**
 * The events for the backend: kept while they wait, and posted to its URL as Standard Webhooks.
 *
 * <ul>
 *   <li>{@code LocalOutbox}: the events that wait in this relay, in memory or also in a file
 *   <li>{@code HookSender}: takes them from the {@link relay.engine.Outbox}, and posts them until the backend has taken them
 *   <li>{@code HookCommand}: a small receiver, for trying it out
 * </ul>
 *
 * <p>Imports {@code relay.engine}, {@code relay.access} (for secrets in files), {@code relay.message}, {@code relay.json}, {@code
 * relay.metrics}, {@code relay.schedule} and {@code relay.fatal}.
 */
@NullMarked
package relay.hook;

import org.jspecify.annotations.NullMarked;
