package relay.access;

import com.nimbusds.jose.JWSHeader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Background;
import relay.schedule.Ticker;

/**
 * The keys that sign tokens. A thread of its own fetches them, and requests use the known ones, so that a server or a disk
 * that does not answer blocks nobody. They are fetched regularly, and soon after a token with an unknown key. For any thread.
 *
 * <p>If the server does not answer, or without keys, the known keys stay in force for a day. If the file disappears or becomes
 * malformed, they stay in force until it is good again. A set without keys is an error.
 */
final class TokenKeys {
    /** The largest set: some hundred keys. */
    static final int MAX_BYTES = 512 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(TokenKeys.class);
    private static final Duration HELD = Duration.ofDays(1);
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(5);
    private static final Duration SERVER_INTERVAL = Duration.ofMinutes(5);
    private static final Duration FILE_INTERVAL = Duration.ofSeconds(2);

    /** For so long after they were read they are taken to be complete, and not fetched again for a token. */
    private static final Duration FRESH = Duration.ofSeconds(10);

    private final Source source;
    private final Duration held;
    private final Ticker ticker;
    private final Background background = new Background("token-keys", this::refresh);
    private volatile Optional<Known> known = Optional.empty();
    private String complaint = "";

    /** Where the keys are. */
    interface Source {
        /** Reads the text of a key set (RFC 7517 §5); it may block. */
        String read() throws IOException;

        /** How long to wait before the next read. */
        default Duration pause() {
            return SERVER_INTERVAL;
        }
    }

    /** The keys that were known at one moment. */
    record Known(String text, List<TokenKey> keys, long readNanos) {
        /** The keys that fit this header. */
        List<TokenKey> fitting(JWSHeader header) {
            return keys.stream().filter(key -> key.fits(header)).toList();
        }
    }

    private TokenKeys(Source source, Duration held, Ticker ticker) {
        this.source = source;
        this.held = held;
        this.ticker = ticker;
    }

    /**
     * The keys of a server, which are not fetched yet; or those of a file, which is read now.
     *
     * @throws InvalidInputException if it is neither a URL nor a file with keys
     */
    static TokenKeys of(String urlOrFile, Ticker ticker) {
        String scheme = urlOrFile.toLowerCase(Locale.ROOT);
        if (scheme.startsWith("https://") || scheme.startsWith("http://")) {
            return new TokenKeys(new KeyServer(urlOrFile), HELD, ticker);
        }
        TokenKeys keys = new TokenKeys(inFile(Path.of(urlOrFile)), FOR_EVER, ticker);
        try {
            keys.fetch();
        } catch (IOException e) {
            throw new InvalidInputException("--jwt-jwks: " + urlOrFile + ": " + e.getMessage());
        } catch (ParseException e) {
            throw new InvalidInputException(
                    "--jwt-jwks: " + urlOrFile + " is not a JSON Web Key Set: " + e.getMessage());
        }
        return keys;
    }

    private static Source inFile(Path path) {
        SettledFile file = SettledFile.ofText(path, MAX_BYTES);
        return new Source() {
            @Override
            public String read() throws IOException {
                file.look();
                return file.text();
            }

            @Override
            public Duration pause() {
                return file.pause(FILE_INTERVAL);
            }
        };
    }

    /** Fetches them while it is started. */
    Background background() {
        return background;
    }

    /** @throws AccessDeniedException if there are none now */
    Known current() {
        Known now = known.orElseThrow(() -> unavailable("the keys that sign tokens are not known yet"));
        if (age(now).compareTo(held) >= 0) {
            throw unavailable("the keys that sign tokens are not known any more");
        }
        return now;
    }

    /** No known key has signed a token, so there may be new ones: fetches them soon. */
    void refreshSoon() {
        background.wake();
    }

    /**
     * Checks that these keys are complete.
     *
     * @throws AccessDeniedException if they have to be read again first
     */
    void requireFresh(Known keys) {
        if (age(keys).compareTo(FRESH) > 0) {
            throw unavailable("the token is signed by a key that is not known yet");
        }
    }

    private static AccessDeniedException unavailable(String reason) {
        return AccessDeniedException.unavailable(reason + ": come back in a few seconds");
    }

    private Duration age(Known now) {
        return Duration.ofNanos(ticker.nanos() - now.readNanos());
    }

    /** Fetches them, and returns how long to wait before the next time. For the background thread only. */
    Duration refresh() {
        try {
            fetch();
            return source.pause();
        } catch (InterruptedIOException e) {
            LOG.debug("the keys that sign tokens are not needed any more");
        } catch (IOException e) {
            complain(String.valueOf(e.getMessage()));
        } catch (ParseException e) {
            complain("what is there is not a JSON Web Key Set");
        }
        Duration pause = source.pause();
        return pause.compareTo(AFTER_A_FAILURE) < 0 ? pause : AFTER_A_FAILURE;
    }

    /**
     * Fetches them now, for a caller that may wait.
     *
     * @throws InvalidInputException if they cannot be had
     */
    void require() {
        try {
            fetch();
        } catch (IOException e) {
            throw new InvalidInputException("--jwt-jwks: the keys cannot be had: " + e.getMessage());
        } catch (ParseException e) {
            throw new InvalidInputException("--jwt-jwks: what is there is not a JSON Web Key Set");
        }
    }

    private void fetch() throws IOException, ParseException {
        String text = SettledFile.withoutMark(source.read());
        Optional<Known> before = known;
        boolean same = before.isPresent() && before.get().text().equals(text);
        List<TokenKey> keys = same ? before.get().keys() : TokenKey.read(text);
        if (keys.isEmpty()) {
            throw new IOException("the key set has no key that signs tokens (RSA, EC or Ed25519)");
        }
        known = Optional.of(new Known(text, keys, ticker.nanos()));
        if (!same || !complaint.isEmpty()) {
            LOG.info("--jwt-jwks: its keys are in force: {}", keys.size());
        }
        complaint = "";
    }

    /** Warns once for each reason, since it is tried again and again. */
    private void complain(String reason) {
        if (!reason.equals(complaint)) {
            complaint = reason;
            LOG.warn(
                    "--jwt-jwks: the keys that sign tokens cannot be had: {}: {}",
                    reason,
                    known.isPresent() ? "those that are known stay in force" : "until then tokens get 503");
        }
    }

    static IOException tooLarge() {
        return new IOException("it is too large: at most " + MAX_BYTES + " bytes of keys");
    }
}
