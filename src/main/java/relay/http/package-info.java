/**
 * The HTTP API. A request passes {@code HostCheck}, {@code Cors}, {@code Router}, {@code RateLimitHandler}, {@code OriginCheck} and
 * {@code Dispatch}, and then goes to a wire, to the console or to a servlet. Which path does what is in the table {@link
 * relay.uri.Route}; {@code Servlets} maps it to the servlets.
 *
 * <p>Jetty's threads run here, the selecting ones too, so nothing blocks. A servlet reads the body as it arrives ({@code
 * BodyReader}), hands a command to the hub and returns. When a worker has done the command, the answer is written after its
 * batch ({@link relay.schedule.AnswerQueue}). Work that takes long moves to a thread of the pool ({@code Dispatch}, {@code
 * Exchange.guardApart}). Every error is a {@code Problem} (RFC 9457).
 *
 * <p>Imports {@code relay.hub}, {@code relay.publish}, {@code relay.engine}, {@code relay.client}, {@code relay.outbound}, {@code relay.message}, {@code relay.json}, {@code
 * relay.uri}, {@code relay.access}, {@code relay.net}, {@code relay.schedule}, {@code relay.fatal}, {@code relay.metrics} and Jetty.
 */
@NullMarked
package relay.http;

import org.jspecify.annotations.NullMarked;
