/**
 * What guards a connection before it is a request or a socket: how it is accepted, how many there may be, of one address and
 * in all, how often an address may connect and register, and how long a client may take to send what it has to send.
 *
 * <p>Jetty's threads run here; one task of the scheduler looks which connections are late. {@code net.tls} is TLS on the port,
 * {@code net.proxy} what the proxies in front say. Imports {@code relay.client} for its clock, {@code relay.message} for its errors,
 * {@code relay.uri}, {@code relay.schedule}, {@code relay.fatal}, and Jetty.
 */
@NullMarked
package relay.net;

import org.jspecify.annotations.NullMarked;
