/**
 * A house in which every rule of the architecture is broken once, to show that {@code ArchitectureTest} would see it.
 * Each class says in its name what is wrong with it; {@code AllowedInTheRoot} and {@code Wire} do nothing wrong.
 */
@NullMarked
package relay.seeded;

import org.jspecify.annotations.NullMarked;
