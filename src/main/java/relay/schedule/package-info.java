/**
 * Tasks that are repeated: {@link relay.schedule.Periodic} for short ones, on the thread of a given scheduler;
 * {@link relay.schedule.Background} for those that may block, each on a thread of its own. {@link relay.schedule.Settling} tells
 * whether what they look at is still being written. {@link relay.schedule.AnswerQueue} runs answers outside of
 * what completes them. {@link relay.schedule.Ticker} is the clock. Imports {@code relay.fatal}.
 */
@NullMarked
package relay.schedule;

import org.jspecify.annotations.NullMarked;
