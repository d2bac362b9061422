/**
 * Ends the process after an error that it cannot recover from, which must never be ignored.
 *
 * <p>Pools, futures, Jetty and Netty catch everything, and would go on with half a relay. So {@link relay.fatal.Fatal} and the
 * classes around it look first at what these would swallow, and report a fatal error to the thread's handler of uncaught
 * exceptions. {@link relay.fatal.ProcessEnd} is that handler in a relay that runs as a process of its own. For any thread.
 * Imports no other package of Relay.
 */
@NullMarked
package relay.fatal;

import org.jspecify.annotations.NullMarked;
