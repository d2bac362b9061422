/**
 * TLS on the port: the certificate and keys from PEM files (RFC 7468), taken anew when they change, and a bound on how
 * long a handshake may take.
 *
 * <p>Jetty's threads shake hands; one thread, {@code tls-files}, reads the files, another, {@code tls}, ends slow handshakes. Imports {@code client}
 * for its clock, {@code message} for its errors, {@code schedule}, and Jetty.
 */
@NullMarked
package relay.net.tls;

import org.jspecify.annotations.NullMarked;
