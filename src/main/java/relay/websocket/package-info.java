/**
 * WebSocket (RFC 6455): the upgrade, the commands that come in, the frames that go out.
 *
 * <p>Start at {@code WebSocketUpgrade}, which accepts a handshake, and {@code RelayConnection}, one open WebSocket. Jetty's threads
 * read: bytes pass {@code ReadingEndPoint} (checks, and pongs in place), Jetty's parser and {@code ClientSocket}, which hands
 * commands to the hub, tokens to {@code TokenRenewals}, and messages to {@code ClientPublications}. Fan-out workers write: prebuilt frames ({@code FrameEncoding}, {@code DeflatedEncoding}) go through the
 * client's {@code SendQueue} to the {@code EndPoint}, past Jetty's frame flusher; so do Jetty's own pongs and close frames.
 *
 * <p>Imports {@code relay.hub}, {@code relay.publish}, {@code relay.engine}, {@code relay.access}, {@code relay.client}, {@code relay.outbound}, {@code relay.message}, {@code
 * relay.json}, {@code relay.uri}, {@code relay.schedule}, {@code relay.fatal} and Jetty.
 */
@NullMarked
package relay.websocket;

import org.jspecify.annotations.NullMarked;
