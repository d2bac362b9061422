package relay.net.tls;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Settling;

/**
 * Loads the files again when their contents have changed and {@linkplain Settling are no longer being written}. New
 * connections get the new certificate. Contents are compared, because a file's time and size may stay the same and links may
 * be moved. As long as the files do not fit together, the last good certificate is kept. For one thread.
 */
final class CertificateReload {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateReload.class);

    private final TlsFiles files;
    private final SslContextFactory.Server context;
    private final InstantSource clock;
    private final Settling<Look> looks;
    private Look last;
    private Identity served;
    private Optional<String> outOfDate = Optional.empty();

    /** @param contents absent if they cannot be read: then there is a problem */
    private record Look(Optional<TlsFiles.Contents> contents, String problem) {}

    /**
     * @param last the contents that the context was made of
     * @param served the identity in them
     */
    CertificateReload(
            TlsFiles files,
            SslContextFactory.Server context,
            TlsFiles.Contents last,
            Identity served,
            InstantSource clock) {
        this.files = files;
        this.context = context;
        this.last = new Look(Optional.of(last), "");
        this.looks = new Settling<>(this.last);
        this.served = served;
        this.clock = clock;
    }

    /** Warns, once, of a certificate that is out of date. It is served all the same: none would be worse. */
    void checkDates() {
        Optional<String> now = served.outOfDate(clock.instant());
        if (!now.equals(outOfDate)) {
            outOfDate = now;
            now.ifPresent(problem ->
                    LOG.warn("TLS: in --tls-cert {} {}: clients will refuse it", files.certificate(), problem));
        }
    }

    /**
     * Loads what is new. To be called now and then.
     *
     * @param regular how long to wait until the next call, usually
     * @return how long to wait until the next call
     */
    Duration check(Duration regular) {
        takeWhatIsNew();
        checkDates();
        return looks.isMoving() ? Settling.AGAIN : regular;
    }

    /** Contents that do not fit are reported once and not tried again: they may stay so for long. */
    private void takeWhatIsNew() {
        Look now = looks.look(read());
        if (now.equals(last)) {
            return;
        }
        last = now;
        try {
            take(Identity.of(now.contents().orElseThrow(() -> new InvalidInputException(now.problem()))));
        } catch (InvalidInputException e) {
            LOG.warn("TLS: the certificate stays as it is: {}", e.detail());
        }
    }

    private Look read() {
        try {
            return new Look(Optional.of(files.read()), "");
        } catch (InvalidInputException e) {
            return new Look(Optional.empty(), e.detail());
        }
    }

    private void take(Identity identity) {
        try {
            // A context that fails to load is of no use any more, so the identity is tried on another one first.
            identity.tryOut();
            context.reload(identity::giveTo);
            served = identity;
            LOG.info("TLS: new connections get {}", identity);
        } catch (InvalidInputException e) {
            throw e;
        } catch (Exception e) {
            LOG.error("TLS: the new certificate could not be put into use", e);
        }
    }
}
