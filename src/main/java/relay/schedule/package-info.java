/** What is done again and again. Its tasks run on the thread of the scheduler that they are given. It imports nothing of the relay's. */
@NullMarked
package relay.schedule;

import org.jspecify.annotations.NullMarked;
