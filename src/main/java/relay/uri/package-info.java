/**
 * What a request's URI says, strictly: whatever has no meaning is refused.
 *
 * <p>Stateless and for any thread. Imports {@code relay.message} and Jetty's URI.
 */
@NullMarked
package relay.uri;

import org.jspecify.annotations.NullMarked;
