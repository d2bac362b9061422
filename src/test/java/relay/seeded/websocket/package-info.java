@NullMarked
package relay.seeded.websocket;

import org.jspecify.annotations.NullMarked;
