/**
 * What becomes of an error that the process cannot go on from: it is never survived in silence.
 *
 * <p>Whoever catches everything, as pools, futures, Jetty and Netty do, would go on with half a relay. So what they would
 * swallow is looked at first, by {@link relay.fatal.Fatal} and the classes that watch for it, and handed to the handler of
 * uncaught exceptions of the thread that met it. {@link relay.fatal.ProcessEnd} is that handler in a relay that runs by
 * itself. Any thread runs in here. Imports no other room.
 */
@NullMarked
package relay.fatal;

import org.jspecify.annotations.NullMarked;
