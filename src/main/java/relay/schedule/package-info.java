/**
 * What is done again and again: {@link relay.schedule.Periodic} for what is short, on the thread of the scheduler that it is
 * given; {@link relay.schedule.Background} for what may wait, each on a thread of its own. What they look at may be in the middle
 * of being written: {@link relay.schedule.Settling}. Imports {@code relay.fatal}.
 */
@NullMarked
package relay.schedule;

import org.jspecify.annotations.NullMarked;
