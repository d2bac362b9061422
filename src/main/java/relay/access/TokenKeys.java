package relay.access;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Background;

/**
 * The keys that sign tokens. They are fetched by a thread of their own, and whoever asks gets those that are known, in no
 * time: a server or a disk that does not answer is nobody's trouble. Beside its regular visits it comes soon when a token
 * names a key that is not known. For any thread.
 *
 * <p>The keys of a server that does not answer, or not with keys, stay in force for a day; those of a file that has gone
 * or become wrong until it is good again.
 */
final class TokenKeys implements JWKSource<SecurityContext> {
    /** Of a whole set: some hundred keys. */
    static final int MAX_BYTES = 512 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(TokenKeys.class);
    private static final Duration HELD = Duration.ofDays(1);
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(5);
    private static final Duration SERVER_INTERVAL = Duration.ofMinutes(5);
    private static final Duration FILE_INTERVAL = Duration.ofSeconds(2);

    private final Source source;
    private final Duration held;
    private final Duration interval;
    private final LongSupplier nanos;
    private final Background background = new Background("token-keys", this::refresh);
    private volatile Optional<Known> known = Optional.empty();
    private String complaint = "";

    /** Where they are. */
    @FunctionalInterface
    interface Source {
        /** The text of a key set (RFC 7517 §5); it may wait. */
        String read() throws IOException;
    }

    private record Known(String text, JWKSet keys, long readNanos) {}

    private TokenKeys(Source source, Duration held, Duration interval, LongSupplier nanos) {
        this.source = source;
        this.held = held;
        this.interval = interval;
        this.nanos = nanos;
    }

    /**
     * The keys of a server, which are not known yet; or those of a file.
     *
     * @param nanos a clock that only runs on
     * @throws InvalidInputException if it is neither a URL nor a file that holds a key set
     */
    static TokenKeys of(String urlOrFile, LongSupplier nanos) {
        String scheme = urlOrFile.toLowerCase(Locale.ROOT);
        if (scheme.startsWith("https://") || scheme.startsWith("http://")) {
            return new TokenKeys(new KeyServer(urlOrFile), HELD, SERVER_INTERVAL, nanos);
        }
        Path file = Path.of(urlOrFile);
        TokenKeys keys = new TokenKeys(() -> read(file), FOR_EVER, FILE_INTERVAL, nanos);
        try {
            keys.fetch();
        } catch (IOException e) {
            throw new InvalidInputException("--jwt-jwks: " + file + " cannot be read: " + e);
        } catch (ParseException e) {
            throw new InvalidInputException("--jwt-jwks: " + file + " is not a JSON Web Key Set: " + e.getMessage());
        }
        return keys;
    }

    /** What fetches them while it is started. */
    Background background() {
        return background;
    }

    /** @throws KeySourceException if there are none at the moment */
    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        Known now = known.orElseThrow(() -> new KeySourceException("not known yet"));
        if (nanos.getAsLong() - now.readNanos() >= held.toNanos()) {
            throw new KeySourceException("not known any more");
        }
        List<JWK> fitting = selector.select(now.keys());
        if (fitting.isEmpty()) {
            background.wake();
        }
        return fitting;
    }

    /** Fetches them, if they can be had, and says when to come again. The background's thread only. */
    Duration refresh() {
        try {
            fetch();
            return interval;
        } catch (InterruptedIOException e) {
            LOG.debug("the keys that sign tokens are not needed any more");
        } catch (IOException e) {
            complain(String.valueOf(e.getMessage()));
        } catch (ParseException e) {
            complain("what is there is not a JSON Web Key Set");
        }
        return AFTER_A_FAILURE;
    }

    private void fetch() throws IOException, ParseException {
        String text = source.read();
        Optional<Known> before = known;
        boolean same = before.isPresent() && before.get().text().equals(text);
        JWKSet keys = same ? before.get().keys() : JWKSet.parse(text);
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

    private static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw tooLarge();
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
