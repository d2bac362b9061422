package relay.tls;

import java.time.InstantSource;
import java.util.Optional;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;

/**
 * Takes the files anew when what they hold has changed, for whoever connects from then on. It compares what they hold: a
 * time and a size may stay the same, and links be moved. While they do not fit together, as between the writing of one and
 * of the other, what was there before stays. For one thread.
 */
final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

    private final TlsFiles files;
    private final SslContextFactory.Server context;
    private final InstantSource clock;
    private TlsFiles.Contents last;
    private Identity served;
    private Optional<String> complaint = Optional.empty();
    private Optional<String> outOfDate = Optional.empty();

    /**
     * @param last what the context was made of
     * @param served what that was
     */
    Reload(
            TlsFiles files,
            SslContextFactory.Server context,
            TlsFiles.Contents last,
            Identity served,
            InstantSource clock) {
        this.files = files;
        this.context = context;
        this.last = last;
        this.served = served;
        this.clock = clock;
    }

    /** Warns, once, of a certificate that is out of date: it is served all the same, for better it is than none. */
    void checkDates() {
        Optional<String> now = served.outOfDate(clock.instant());
        if (!now.equals(outOfDate)) {
            outOfDate = now;
            now.ifPresent(problem ->
                    LOG.warn("TLS: in --tls-cert {} {}: clients will refuse it", files.certificate(), problem));
        }
    }

    /** To be called now and then. */
    void check() {
        takeWhatIsNew();
        checkDates();
    }

    private void takeWhatIsNew() {
        try {
            TlsFiles.Contents now = files.read();
            complaint = Optional.empty();
            if (!now.equals(last)) {
                last = now;
                take(Identity.of(now));
            }
        } catch (InvalidInputException e) {
            complain(e.detail());
        }
    }

    private void take(Identity identity) {
        try {
            // A context that failed to load would be none at all: it is tried on another one first.
            SslContexts.tryOut(identity);
            context.reload(identity::giveTo);
            served = identity;
            LOG.info("TLS: new connections get {}", identity);
        } catch (InvalidInputException e) {
            throw e;
        } catch (Exception e) {
            LOG.error("TLS: the new certificate could not be put into use", e);
        }
    }

    /** A file may be missing for long, and what does not fit is not tried again: each is said once. */
    private void complain(String problem) {
        if (complaint.isEmpty() || !complaint.get().equals(problem)) {
            complaint = Optional.of(problem);
            LOG.warn("TLS: the certificate stays as it is: {}", problem);
        }
    }
}
