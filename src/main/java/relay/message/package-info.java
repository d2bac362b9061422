/**
 * What is sent: messages, the topics they are published under, the users they may be meant for.
 *
 * <p>Immutable values, safe in any thread. A value that exists is valid: its constructor has checked it. Imports nothing
 * of Relay.
 */
@NullMarked
package relay.message;

import org.jspecify.annotations.NullMarked;
