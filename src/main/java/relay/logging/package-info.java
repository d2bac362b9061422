/**
 * Formats, limits and writes the log. Logback finds {@link relay.logging.LogConfigurator} as a service when the first logger is
 * made. {@link relay.logging.LogLimit} and {@link relay.logging.LogLine} run in the thread that logs, which never blocks: one
 * thread, {@code log}, writes ({@link relay.logging.LogOutput}). Imports no other package of Relay.
 */
@NullMarked
package relay.logging;

import org.jspecify.annotations.NullMarked;
