/**
 * TLS on the port: the certificates and the key are read from PEM files (RFC 7468) and loaded again when they change, and a
 * handshake has a time limit.
 *
 * <p>Jetty's threads do the handshakes. One thread, {@code tls-files}, reads the files; a task of the connector's scheduler
 * closes slow handshakes. Part of {@code relay.net}, and imports what that may.
 */
@NullMarked
package relay.net.tls;

import org.jspecify.annotations.NullMarked;
