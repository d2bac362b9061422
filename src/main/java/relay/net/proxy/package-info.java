/**
 * Reverse proxies in front of the relay: which are trusted, and what they say about the client, in {@code Forwarded} (RFC
 * 7239) and in the older {@code X-Forwarded-*}. {@link relay.net.proxy.ForwardedCustomizer} is the entrance.
 *
 * <p>Immutable and for any thread. Part of {@code relay.net}, and imports what that may.
 */
@NullMarked
package relay.net.proxy;

import org.jspecify.annotations.NullMarked;
