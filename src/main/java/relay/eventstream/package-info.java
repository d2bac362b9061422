/**
 * The wire as Server-Sent Events (HTML Living Standard, section 9.2): one response that does not end.
 *
 * <p>Jetty's threads run the request; what goes out is handed to the response by the client's {@code SendQueue}, in
 * whichever thread writes. Imports {@code relay.hub}, {@code relay.client}, {@code relay.message}, {@code relay.json},
 * {@code relay.uri} and Jetty.
 */
@NullMarked
package relay.eventstream;

import org.jspecify.annotations.NullMarked;
