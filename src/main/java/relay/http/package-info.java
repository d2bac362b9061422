/**
 * The HTTP side: servlets for {@code /health}, {@code /ready}, {@code /metrics}, {@code /register}, {@code /publish},
 * {@code /topics} and {@code /clients}, and for the documents that describe them.
 *
 * <p>Jetty's threads run here. A servlet reads its body without blocking, hands a command to the hub and lets go of the
 * thread, which may be the one that selects: nothing here blocks, and what takes long leaves it ({@code Dispatch}, {@code Exchange}). When a
 * worker has done what was asked, the answer is written after its batch ({@code AnswerQueue}). Every error is a {@code Problem} (RFC 9457). Imports {@code relay.hub}, {@code relay.engine},
 * {@code relay.client}, {@code relay.message}, {@code relay.json}, {@code relay.uri}, {@code relay.access}, {@code relay.content}, {@code relay.net}, {@code relay.schedule}
 * and {@code relay.metrics}.
 */
@NullMarked
package relay.http;

import org.jspecify.annotations.NullMarked;
