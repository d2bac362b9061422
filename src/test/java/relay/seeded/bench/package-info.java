@NullMarked
package relay.seeded.bench;

import org.jspecify.annotations.NullMarked;
