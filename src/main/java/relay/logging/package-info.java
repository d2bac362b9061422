/**
 * How the log is written. Nobody calls it: Logback finds {@link relay.logging.LogConfigurator} as a service when the first
 * logger is asked for, and runs {@link relay.logging.LogLine} in whichever thread logs. Imports nothing of the relay.
 */
@NullMarked
package relay.logging;

import org.jspecify.annotations.NullMarked;
