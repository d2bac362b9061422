/**
 * What sets the relay beside its flags: the environment and a file of settings.
 *
 * <p>It knows keys ({@code ping-interval}) and texts, not what they mean: the root reads those with the same converters as
 * the flags. Used once, by the thread that starts the relay. Imports {@code message} for its errors.
 */
@NullMarked
package relay.config;

import org.jspecify.annotations.NullMarked;
