package relay.access;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import relay.message.InvalidInputException;

/**
 * Where the keys come from that sign tokens. A URL is asked when the first token comes, then every few minutes, and when a
 * token names a key that is not known, but then at most twice in half a minute; while it does not answer, the last keys
 * hold for an hour. A file is read at the start, and then at most every few seconds.
 */
final class TokenKeys {
    private static final int TIMEOUT_MILLIS = 2_000;
    private static final int MAX_BYTES = 512 * 1024;
    private static final long URL_KEPT_MILLIS = TimeUnit.MINUTES.toMillis(5);
    private static final long FILE_KEPT_MILLIS = TimeUnit.SECONDS.toMillis(2);
    private static final long LONGEST_WAIT_MILLIS = TimeUnit.SECONDS.toMillis(5);
    private static final long BETWEEN_REQUESTS_MILLIS = TimeUnit.SECONDS.toMillis(30);
    private static final long OUTAGE_MILLIS = TimeUnit.HOURS.toMillis(1);

    private TokenKeys() {}

    /** @throws InvalidInputException if it is neither a URL nor a file that holds a key set (RFC 7517 §5) */
    static JWKSource<SecurityContext> of(String urlOrFile) {
        String scheme = urlOrFile.toLowerCase(Locale.ROOT);
        return scheme.contains("://") ? ofUrl(urlOrFile) : ofFile(Path.of(urlOrFile));
    }

    private static JWKSource<SecurityContext> ofUrl(String url) {
        return JWKSourceBuilder.create(url(url), retriever())
                .cache(URL_KEPT_MILLIS, LONGEST_WAIT_MILLIS)
                .rateLimited(BETWEEN_REQUESTS_MILLIS)
                .retrying(true)
                .outageTolerant(OUTAGE_MILLIS)
                .build();
    }

    private static JWKSource<SecurityContext> ofFile(Path file) {
        try {
            JWKSet.load(file.toFile());
        } catch (IOException e) {
            throw new InvalidInputException("--jwt-jwks: " + file + " cannot be read: " + e);
        } catch (ParseException e) {
            throw new InvalidInputException("--jwt-jwks: " + file + " is not a JSON Web Key Set: " + e.getMessage());
        }
        return JWKSourceBuilder.create(url(file.toAbsolutePath().toUri().toString()), retriever())
                .cache(FILE_KEPT_MILLIS, LONGEST_WAIT_MILLIS)
                .refreshAheadCache(false)
                .rateLimited(false)
                .outageTolerantForever()
                .build();
    }

    private static DefaultResourceRetriever retriever() {
        return new DefaultResourceRetriever(TIMEOUT_MILLIS, TIMEOUT_MILLIS, MAX_BYTES);
    }

    private static URL url(String text) {
        try {
            return URI.create(text).toURL();
        } catch (MalformedURLException | IllegalArgumentException e) {
            throw new InvalidInputException("--jwt-jwks is not a URL such as https://example.com/jwks, nor a file");
        }
    }
}
