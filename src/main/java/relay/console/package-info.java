/**
 * The console: a page at {@code GET /} that shows what the relay is doing, and lets a person try it.
 *
 * <p>It serves static files out of the jar; they lie beside it in {@code src/main/resources}. Their data comes from the relay's
 * HTTP API, which the browser asks with the key of its user: this package knows nothing of clients, topics or keys, and the page
 * itself takes no key. Jetty's threads run it. It imports Jetty, {@code relay.http} (for static content) and {@code relay.uri}.
 */
@NullMarked
package relay.console;

import org.jspecify.annotations.NullMarked;
