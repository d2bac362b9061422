@NullMarked
package relay.seeded.http;

import org.jspecify.annotations.NullMarked;
