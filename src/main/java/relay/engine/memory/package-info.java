/**
 * The engine of a relay that is alone, in this process: it gives messages their ids, and holds nothing. Callers' threads run
 * in here. Imports {@code relay.engine} and {@code relay.message}; knows no other engine.
 */
@NullMarked
package relay.engine.memory;

import org.jspecify.annotations.NullMarked;
