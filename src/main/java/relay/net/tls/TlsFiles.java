package relay.net.tls;

import java.nio.file.Path;
import java.util.Optional;
import relay.message.InvalidInputException;

/**
 * Where the certificates and the key are: PEM files.
 *
 * @param certificate the server's certificate, then those of its issuers
 * @param key its private key: PKCS #8, PKCS #1 or SEC 1, not encrypted
 * @param clientCa the issuers of the clients' certificates; empty: clients need none
 */
public record TlsFiles(Path certificate, Path key, Optional<Path> clientCa) {
    /** Their contents at one moment. Two are equal if the files are the same to the byte. */
    record Contents(PemFile certificate, PemFile key, Optional<PemFile> clientCa) {}

    /** @throws InvalidInputException if one of them cannot be read */
    Contents read() {
        return new Contents(
                PemFile.read("--tls-cert", certificate),
                PemFile.read("--tls-key", key),
                clientCa.map(path -> PemFile.read("--tls-client-ca", path)));
    }
}
