/**
 * The port to where the one sequence, the past and the registrations live: in this process, or in a server that several
 * relays share.
 *
 * <p>The relay calls {@link relay.engine.Engine}; the engine calls {@link relay.engine.Receiver} with what comes, and the
 * {@link relay.engine.Publication} that it was given with its outcome. Optional abilities are {@link
 * relay.engine.Registrations} and {@link relay.engine.Peers}. The engines themselves are packages below this one, which do
 * not know each other: {@link relay.engine.memory.MemoryEngine} and {@link relay.engine.redis.RedisEngine}. Everything here
 * is for any thread; nothing blocks. Imports {@code relay.client} (for the ids of registrations) and {@code relay.message};
 * {@code relay.engine.redis} also {@code relay.fatal}.
 */
@NullMarked
package relay.engine;

import org.jspecify.annotations.NullMarked;
