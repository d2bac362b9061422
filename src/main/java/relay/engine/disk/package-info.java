/** The engine of a relay that is alone and keeps its data in a directory. */
@NullMarked
package relay.engine.disk;

import org.jspecify.annotations.NullMarked;
