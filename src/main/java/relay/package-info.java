/**
 * Relay: a backend publishes messages over HTTP, and the clients that have opened a WebSocket URL receive them.
 *
 * <p>This package holds the command line ({@link relay.Main}) and the wiring ({@code RelayServer}, with Jetty's part of it in
 * {@code JettyServer}); {@code PartOptions} makes each part's options from the settings, {@code Drain} is what SIGTERM does,
 * {@code Reload} what SIGHUP does. It imports all others, and none imports it.
 *
 * <ul>
 *   <li>{@code relay.settings}: every flag, and how it is set; the place to add one
 *   <li>{@code relay.message}: messages, topics, users
 *   <li>{@code relay.outbound}: what one connection has yet to send, and the port to its wire
 *   <li>{@code relay.client}: the registry of clients
 *   <li>{@code relay.engine}: the port to where the sequence, the past and the registrations live
 *   <li>{@code relay.history}: the recent past, under one lock
 *   <li>{@code relay.publish}: what a publisher waits for
 *   <li>{@code relay.fanout}: the workers, each one thread that owns a share of the clients
 *   <li>{@code relay.hub}: the front for any thread: publish, register, connect, look up
 *   <li>{@code relay.websocket}: the wire as WebSocket
 *   <li>{@code relay.eventstream}: the wire as Server-Sent Events
 *   <li>{@code relay.http}: the HTTP API: handlers, servlets, bodies, problems
 *   <li>{@code relay.console}: the page at {@code GET /}
 *   <li>{@code relay.uri}: the table of routes ({@link relay.uri.Route}), and query parameters
 *   <li>{@code relay.json}: JSON in and out
 *   <li>{@code relay.access}: who may do what
 *   <li>{@code relay.metrics}: what is counted, and how it is shown
 *   <li>{@code relay.net}: what guards a connection before it is a request or a socket: limits, times, proxies, TLS
 *   <li>{@code relay.logging}: how the log is written
 *   <li>{@code relay.fatal}: what becomes of an error that the process cannot go on from
 *   <li>{@code relay.bench}: the load tool
 * </ul>
 *
 * <p>The way of a message:
 *
 * <pre>
 * PublishServlet → Hub.publish → Log (sequence, history) → FanOut (its queue) → Index → Batch → SendQueue → RelayConnection → socket
 * </pre>
 */
@NullMarked
package relay;

import org.jspecify.annotations.NullMarked;
