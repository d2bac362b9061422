/** What is done again and again. Its tasks run on the thread of the scheduler that they are given. Imports {@code relay.fatal}. */
@NullMarked
package relay.schedule;

import org.jspecify.annotations.NullMarked;
