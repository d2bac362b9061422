/**
 * How much memory the process holds: {@link relay.footprint.SpareMemory} gives back what a burst has left, once the relay is idle.
 * One thread of its own runs it. Imports nothing of the relay.
 */
@NullMarked
package relay.footprint;

import org.jspecify.annotations.NullMarked;
