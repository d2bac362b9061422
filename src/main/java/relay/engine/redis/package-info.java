/**
 * The engine that several relays share: a Redis or Valkey server, from 7.0 on, holds the one sequence, the past and the
 * registrations; relays are caches in front of it.
 *
 * <p>{@link relay.engine.redis.RedisEngine} is the way in. A <em>session</em> is one connection for commands and one for
 * what is published, to the same server; nothing is sent again when it ends, but a new one begins and reads what came
 * meanwhile. The steps are Lua scripts (beside this package's classes), each of them atomic.
 *
 * <p>Threads: <em>engine</em> begins sessions and follows topics; the thread of the connection for what is published hands
 * messages to the receiver, and waits where the receiver makes it wait, so that the server comes to wait too; that of the
 * other connection brings answers. Whoever calls the receiver holds the {@code Inbox}'s lock. Imports {@code relay.client},
 * {@code relay.message} and {@code relay.engine}; Lettuce and Netty are known here only.
 */
@NullMarked
package relay.engine.redis;

import org.jspecify.annotations.NullMarked;
