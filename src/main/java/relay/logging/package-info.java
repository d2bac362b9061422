/**
 * How the log is written. Nobody calls it: Logback finds {@link relay.logging.LogConfigurator} as a service when the first
 * logger is asked for. {@link relay.logging.LogLimit} and {@link relay.logging.LogLine} run in whichever thread logs, which
 * waits for nothing: one thread, {@code log}, writes ({@link relay.logging.LogOutput}). Imports nothing of the relay.
 */
@NullMarked
package relay.logging;

import org.jspecify.annotations.NullMarked;
