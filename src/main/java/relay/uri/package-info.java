/**
 * What a request's URI says, strictly: whatever has no meaning is refused. {@code Route} is the table of all paths, with what
 * each takes and needs.
 *
 * <p>Stateless and for any thread. Imports {@code relay.message}, {@code relay.access} (for the rights) and Jetty's URI and request.
 */
@NullMarked
package relay.uri;

import org.jspecify.annotations.NullMarked;
