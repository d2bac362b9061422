/**
 * What guards a connection before it is a request or a socket. A connection passes, in this order:
 *
 * <ol>
 *   <li>{@link relay.net.LeanConnector} accepts it, unless there are as many sockets as {@link relay.net.Descriptors} allow,
 *       or {@link relay.net.ConnectionsPerAddress} says that its address has too many;
 *   <li>{@code relay.net.tls} does the handshake, if the relay speaks TLS;
 *   <li>{@link relay.net.TimedHttpConnection} reads requests, each within its {@link relay.net.HttpTimeouts};
 *   <li>{@code relay.net.proxy} finds out who a request is from, if it came through a proxy;
 *   <li>{@link relay.net.RateLimitHandler} and {@link relay.net.ForwardedConnectionLimit} answer 429 to a request too many.
 * </ol>
 *
 * <p>Jetty's threads run here, those of {@link relay.net.WatchedServer}; a task of its scheduler looks which clients are late.
 * Imports {@code relay.message} for its errors, {@code relay.uri} for the routes, {@code relay.schedule}, {@code relay.fatal},
 * and Jetty.
 */
@NullMarked
package relay.net;

import org.jspecify.annotations.NullMarked;
