@NullMarked
package relay.seeded.client;

import org.jspecify.annotations.NullMarked;
