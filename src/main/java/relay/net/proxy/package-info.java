/**
 * Proxies in front of the relay: which are trusted, and what they say about the client (RFC 7239, and the older
 * {@code X-Forwarded-*}).
 *
 * <p>Immutable and for any thread. Imports {@code message} for its errors, and Jetty.
 */
@NullMarked
package relay.net.proxy;

import org.jspecify.annotations.NullMarked;
