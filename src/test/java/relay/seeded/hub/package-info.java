@NullMarked
package relay.seeded.hub;

import org.jspecify.annotations.NullMarked;
