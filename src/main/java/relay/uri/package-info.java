/**
 * What the URI of a request says. {@link relay.uri.Route} is the table of all paths; add a path there first. {@code Parameters}
 * reads a query strictly: anything that has no meaning is refused.
 *
 * <p>Stateless, for any thread. Imports {@code relay.message}, {@code relay.access} (for the rights) and Jetty's URI and request.
 */
@NullMarked
package relay.uri;

import org.jspecify.annotations.NullMarked;
