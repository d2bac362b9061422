/**
 * Who may do what: API keys, JSON Web Tokens, the origins of web pages that may use the relay, and the hosts that it answers to.
 *
 * <p>{@link relay.access.Access} is the entrance. For any thread, and it never blocks: two threads, {@code api-keys-file} and
 * {@code token-keys}, read the keys.
 * Imports {@code message} and {@code schedule}.
 */
@NullMarked
package relay.access;

import org.jspecify.annotations.NullMarked;
