/**
 * Relay: a backend publishes messages over HTTP, and the clients that have opened a WebSocket URL receive them.
 *
 * <p>This package holds the command line ({@link relay.Main}) and the wiring ({@code RelayServer}, with Jetty's part of it in
 * {@code JettyServer}); {@code PartOptions} makes each part's options from the settings, {@code Drain} is what SIGTERM does,
 * {@code Reload} what SIGHUP does. It imports all others, and none imports it.
 *
 * <ul>
 *   <li>{@code relay.settings}: every flag, and how it is set; the place to add one
 *   <li>{@code relay.message}: messages, topics, users, what a client subscribes to
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
 *   <li>{@code relay.hook}: events for the backend, from where they wait to its URL
 *   <li>{@code relay.uri}: the table of routes ({@link relay.uri.Route}), and query parameters
 *   <li>{@code relay.json}: JSON in and out
 *   <li>{@code relay.access}: who may do what
 *   <li>{@code relay.metrics}: what is counted, and how it is shown
 *   <li>{@code relay.net}: what guards a connection before it is a request or a socket: limits, times, proxies, TLS
 *   <li>{@code relay.logging}: how the log is written
 *   <li>{@code relay.schedule}: the clock, and what is done later or again and again
 *   <li>{@code relay.footprint}: gives back the memory that a burst has left
 *   <li>{@code relay.fatal}: what becomes of an error that the process cannot go on from
 *   <li>{@code relay.bench}: the load tool
 * </ul>
 *
 * <p>The way of a message, one hop a line, from a request to a socket ({@code WayOfAMessageTest} keeps the list true). An arrow
 * {@code →} is a call, {@code ⇒} leads from an interface to what implements it, and {@code ⇢} is a queue: another thread goes on.
 *
 * <pre>
 * PublishServlet.handle → PublishServlet.publishOnce                     the body is read and checked
 * PublishServlet.publishOnce → PublishServlet.publish
 * PublishServlet.publish → Hub.publish                                   counted in the backlog
 * Hub.publish → Engine.publish
 * Engine.publish ⇒ MemoryEngine.publish                                  gets its place in the sequence
 * MemoryEngine.publish → Receiver.own
 * Receiver.own ⇒ EngineEvents.own
 * EngineEvents.own → EngineEvents.deliver
 * EngineEvents.deliver → MessageLog.append
 * MessageLog.append → History.append                                     kept for clients that come back
 * EngineEvents.deliver → Worker.deliver                                  to each worker
 * Worker.deliver → WorkerLoop.deliver
 * WorkerLoop.deliver ⇢ WorkerLoop.Delivery.run                           the worker's queue
 * WorkerLoop.Delivery.run → WorkerLoop.Delivery.deliver                 on each of its topics
 * WorkerLoop.Delivery.deliver → Recipients.forEach
 * Recipients.forEach → TopicIndex.members                                who is subscribed and up to date
 * Recipients.forEach → TopicIndex.addMatching                            and who is by a pattern
 * WorkerLoop.Delivery.deliver → WorkerLoop.Delivery.add                  for each of these
 * WorkerLoop.Delivery.add → Batch.add
 * Batch.add → FrameBuffer.start                                          encoded once for each format
 * WorkerLoop.Delivery.deliver → WorkerLoop.flush                             when the batch is full, else WorkerLoop.doWork
 * WorkerLoop.flush → Batch.flush
 * Batch.flush → Batch.write                                              for each subscriber of the batch
 * Batch.write → Batch.offer
 * Batch.offer → SendQueue.offer                                          one write for all of its messages
 * SendQueue.offer → SendQueue.writeThrough                               unless a write is under way
 * SendQueue.writeThrough → Connection.write
 * Connection.write ⇒ RelayConnection.write                               then Jetty's end point, the socket
 * </pre>
 */
@NullMarked
package relay;

import org.jspecify.annotations.NullMarked;
