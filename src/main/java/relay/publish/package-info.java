/**
 * A message on its way, and what its publisher waits for.
 *
 * <ul>
 *   <li>{@link relay.publish.PendingPublish}: one message from acceptance until all workers have handed it over
 *   <li>{@link relay.publish.PublishListener}: is told the outcome
 *   <li>{@link relay.publish.Receipt}: waits for acknowledgements, if the publisher asked for confirmation
 *   <li>{@link relay.publish.PublishOnce}: publishes what is sent again with the same key only once; the answers are in
 *       {@link relay.publish.IdempotentAnswers}
 *   <li>{@link relay.publish.Backlog}: how many bytes of messages wait for the workers
 * </ul>
 *
 * <p>Everything here is for any thread, and nothing blocks but what says so. Imports {@code relay.outbound}, {@code relay.engine},
 * {@code relay.message}, {@code relay.schedule} and {@code relay.fatal}.
 */
@NullMarked
package relay.publish;

import org.jspecify.annotations.NullMarked;
