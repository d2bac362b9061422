/**
 * The console: a page at {@code GET /} that shows what the relay is doing, and lets a person try it.
 *
 * <p>It serves static files out of the jar. What they show comes from the relay's own interface, asked by the browser with
 * the key of whoever sits there: this package knows nothing of clients, topics or keys, and the page needs none to be read.
 * Jetty's threads run it; all that it has is immutable. It imports Jetty, {@code relay.content} and {@code relay.uri}.
 */
@NullMarked
package relay.console;

import org.jspecify.annotations.NullMarked;
