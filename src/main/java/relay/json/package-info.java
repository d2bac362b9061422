/**
 * JSON in and out, strictly as RFC 8259 has it: UTF-8 only, no duplicate names, no trailing text, bounded in depth.
 *
 * <p>Stateless and for any thread. Imports {@code relay.message}.
 */
@NullMarked
package relay.json;

import org.jspecify.annotations.NullMarked;
