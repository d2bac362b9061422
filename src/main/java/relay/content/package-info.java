/** What is served as it lies in the jar, or made of that. It imports nothing of the relay's. */
@NullMarked
package relay.content;

import org.jspecify.annotations.NullMarked;
