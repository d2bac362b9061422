@NullMarked
package relay.seeded.metrics;

import org.jspecify.annotations.NullMarked;
