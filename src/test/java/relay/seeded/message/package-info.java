@NullMarked
package relay.seeded.message;

import org.jspecify.annotations.NullMarked;
