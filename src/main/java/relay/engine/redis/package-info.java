/**
 * The engine that several relays share: a Redis or Valkey server, from 7.0 on, holds the one sequence, the past and the
 * registrations; relays are caches in front of it. What it does in one step is a Lua script beside these classes.
 *
 * <p>{@link relay.engine.redis.RedisEngine} is the way in; it makes all parts and says who knows whom:
 * <ul>
 *   <li><em>Connecting</em>: {@code EngineUrl}, {@code MasterLocator}, {@code Connector}, {@code RedisConnection} (two sockets,
 *       one for commands and one for what is published). {@code Reconnector} makes one after the other and probes it; each
 *       begins with a {@code Handshake} ({@code RunId}) and a {@code Resync}, which brings what came meanwhile. Nothing is sent
 *       again when a connection ends. {@code CurrentConnection} is the one that there is.
 *   <li><em>Talking</em>: {@code Script}, {@code Reply}, {@code Keys}, and {@code EngineException} for all that goes wrong.
 *   <li><em>Publishing</em>: {@code Publisher}, {@code Gathering} (what goes to the server together), {@code PublishCall} (how that is
 *       said), {@code PendingPublications}, {@code Coming} (by what a message comes here).
 *   <li><em>Receiving</em>: {@code PubSubListener}, {@code ChannelMessage}, {@code OrderedReceiver} (one caller at a time, and the
 *       position), {@code Barriers} (everything before this has come).
 *   <li><em>Following topics</em>: {@code FollowedTopics}, {@code StreamReader}.
 *   <li><em>Registrations</em>: {@code RedisRegistrations}, {@code RegistrationFields}, {@code Claims} with each {@code
 *       ClaimedRegistration}: what is served here and still to be written. Other relays: {@code RedisPeers}.
 *   <li><em>Events for the backend</em>: {@code RedisOutbox}, {@code NotedEvents}, {@code EventText}; {@code Heard} has the other scripts
 *       add them.
 * </ul>
 *
 * <p>Threads: <em>engine</em> makes connections, follows topics, and does what is done now and then; the thread of the socket
 * for what is published hands messages to the receiver, and waits where the receiver makes it wait, so that the server comes to
 * wait too; that of the other socket brings answers,
 * and alone writes the calls that publish. Whoever calls the receiver holds the lock of {@code OrderedReceiver}.
 * Imports {@code relay.client}, {@code relay.engine}, {@code relay.fatal} and {@code relay.message}; Lettuce and Netty are known
 * here only.
 */
@NullMarked
package relay.engine.redis;

import org.jspecify.annotations.NullMarked;
