/**
 * Server-Sent Events (HTML Living Standard §9.2): the same messages as over WebSocket, for clients that only receive.
 *
 * <p>Start at {@code EventStreams}, which accepts a request, and {@code EventStream}, one open stream. Jetty's threads run the
 * request and read the end of the connection. Fan-out workers write: events go through the client's {@code SendQueue} to the
 * {@code EndPoint}. Imports {@code relay.hub}, {@code relay.access}, {@code relay.client}, {@code relay.outbound}, {@code
 * relay.message}, {@code relay.json}, {@code relay.schedule}, {@code relay.uri}, {@code relay.fatal} and Jetty.
 */
@NullMarked
package relay.eventstream;

import org.jspecify.annotations.NullMarked;
