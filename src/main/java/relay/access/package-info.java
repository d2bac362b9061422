/**
 * Who may do what: API keys, JSON Web Tokens, the origins of web pages that may use the relay, and the hosts that it answers to.
 *
 * <p>{@link relay.access.Access} is the entrance. For any thread, and it never blocks: three threads, {@code api-keys-file},
 * {@code token-keys} and {@code jwt-secret-file}, read the keys.
 * Imports {@code message} and {@code schedule}.
 */
@NullMarked
package relay.access;

import org.jspecify.annotations.NullMarked;
