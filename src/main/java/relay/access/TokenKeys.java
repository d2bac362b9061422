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
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Background;

/**
 * The keys that sign tokens. They are fetched by a thread of their own, and whoever asks gets those that are known, in no
 * time: a server or a disk that does not answer is nobody's trouble. Beside its regular visits it comes soon when a token is
 * signed by a key that is not known. For any thread.
 *
 * <p>The keys of a server that does not answer, or not with keys, stay in force for a day; those of a file that has gone
 * or become wrong until it is good again. A set without keys is none.
 */
final class TokenKeys {
    /** Of a whole set: some hundred keys. */
    static final int MAX_BYTES = 512 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(TokenKeys.class);
    private static final Duration HELD = Duration.ofDays(1);
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(5);
    private static final Duration SERVER_INTERVAL = Duration.ofMinutes(5);
    private static final Duration FILE_INTERVAL = Duration.ofSeconds(2);

    /** For so long after they have been read they are all that there are. No sooner are they fetched for a token. */
    private static final Duration FRESH = Duration.ofSeconds(10);

    private final Source source;
    private final Duration held;
    private final LongSupplier nanos;
    private final Background background = new Background("token-keys", this::refresh);
    private volatile Optional<Known> known = Optional.empty();
    private String complaint = "";

    /** Where they are. */
    interface Source {
        /** The text of a key set (RFC 7517 §5); it may wait. */
        String read() throws IOException;

        /** How long to wait before it is read again. */
        default Duration pause() {
            return SERVER_INTERVAL;
        }
    }

    /** Those that were known at one moment. */
    record Known(String text, List<TokenKey> keys, long readNanos) {
        /** Those that may have signed what has this header. */
        List<TokenKey> fitting(JWSHeader header) {
            return keys.stream().filter(key -> key.fits(header)).toList();
        }
    }

    private TokenKeys(Source source, Duration held, LongSupplier nanos) {
        this.source = source;
        this.held = held;
        this.nanos = nanos;
    }

    /**
     * The keys of a server, which are not known yet; or those of a file.
     *
     * @param nanos a clock that only runs on
     * @throws InvalidInputException if it is neither a URL nor a file that holds keys
     */
    static TokenKeys of(String urlOrFile, LongSupplier nanos) {
        String scheme = urlOrFile.toLowerCase(Locale.ROOT);
        if (scheme.startsWith("https://") || scheme.startsWith("http://")) {
            return new TokenKeys(new KeyServer(urlOrFile), HELD, nanos);
        }
        TokenKeys keys = new TokenKeys(inFile(Path.of(urlOrFile)), FOR_EVER, nanos);
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
        SettledFile file = new SettledFile(path, MAX_BYTES);
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

    /** What fetches them while it is started. */
    Background background() {
        return background;
    }

    /** @throws AccessDeniedException if there are none at the moment */
    Known current() {
        Known now = known.orElseThrow(() -> unavailable("the keys that sign tokens are not known yet"));
        if (age(now).compareTo(held) >= 0) {
            throw unavailable("the keys that sign tokens are not known any more");
        }
        return now;
    }

    /** A token is signed by none of them: there may be others by now. */
    void askAnew() {
        background.wake();
    }

    /**
     * Whether these are all that there are.
     *
     * @throws AccessDeniedException if that cannot be told before they have been read again
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
        return Duration.ofNanos(nanos.getAsLong() - now.readNanos());
    }

    /** Fetches them, if they can be had, and says when to come again. The background's thread only. */
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

    private void fetch() throws IOException, ParseException {
        String text = SettledFile.withoutMark(source.read());
        Optional<Known> before = known;
        boolean same = before.isPresent() && before.get().text().equals(text);
        List<TokenKey> keys = same ? before.get().keys() : TokenKey.read(text);
        if (keys.isEmpty()) {
            throw new IOException("the key set has no key that signs tokens (RSA, EC or Ed25519)");
        }
        known = Optional.of(new Known(text, keys, nanos.getAsLong()));
        if (!same || !complaint.isEmpty()) {
            LOG.info("--jwt-jwks: its keys are in force: {}", keys.size());
        }
        complaint = "";
    }

    /** It is tried again and again: each reason is said once. */
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
