/**
 * The recent past of the one sequence.
 *
 * <p>{@link relay.history.History} holds the latest messages of each topic, within bounds on count, age and bytes.
 * {@link relay.history.MessageLog} gives each message its place and appends it. {@link relay.history.HistoryReader} is one pass over what
 * a client missed, page by page.
 *
 * <p>Any thread may read; messages are appended in the order of their sequence. One lock guards the history, and nothing
 * foreign is called under it. Imports {@code relay.engine}, {@code relay.message} and
 * {@code relay.schedule}.
 */
@NullMarked
package relay.history;

import org.jspecify.annotations.NullMarked;
