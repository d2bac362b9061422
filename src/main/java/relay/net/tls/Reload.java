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
 * Takes the files anew when what they hold has changed and {@linkplain Settling is no longer being written}, for whoever
 * connects from then on. It compares what they hold: a time and a size may stay the same, and links be moved. While they do
 * not fit together what was there before stays. For one thread.
 */
final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

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
        this.last = new Look(Optional.of(last), "");
        this.looks = new Settling<>(this.last);
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

    /**
     * To be called now and then.
     *
     * @return when to do so again, regularly or soon
     */
    Duration check(Duration regular) {
        takeWhatIsNew();
        checkDates();
        return looks.isMoving() ? Settling.AGAIN : regular;
    }

    /** What is wrong may stay so for long, and what does not fit is not tried again: it is said once. */
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
}
