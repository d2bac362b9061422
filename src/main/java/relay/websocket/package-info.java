/**
 * The wire as WebSocket (RFC 6455): the upgrade, the commands that come in, the frames that go out.
 *
 * <p>Jetty parses, checks and closes; its threads run the handshake ({@code Upgrade}) and what comes in ({@code
 * ClientSocket}), which hand commands to the hub. What goes out passes Jetty's frame flusher by: a {@code
 * RelayConnection} gives prebuilt frames to the {@code EndPoint}, in line by the client's {@code SendQueue}; a fan-out
 * worker writes there, and whichever thread finds the socket writable again. Imports {@code relay.hub}, {@code
 * relay.client}, {@code relay.message}, {@code relay.json}, {@code relay.uri}, {@code relay.access} and Jetty.
 */
@NullMarked
package relay.websocket;

import org.jspecify.annotations.NullMarked;
