/**
 * Messages, their topics and the users they may be for, and what all other packages need to check and show text.
 *
 * <p>Immutable values, for any thread. A value that exists is valid, since its constructor checks it. Imports nothing
 * of Relay.
 */
@NullMarked
package relay.message;

import org.jspecify.annotations.NullMarked;
