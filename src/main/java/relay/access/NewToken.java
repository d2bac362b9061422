package relay.access;

import com.nimbusds.jwt.JWTClaimsSet;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import relay.message.InvalidInputException;
import relay.message.TopicPattern;
import relay.message.UserId;

/**
 * A token that is to be made. Immutable, for any thread.
 *
 * @param user its {@code sub}
 * @param topics what its bearer may ask for; none: any topic
 * @param life until it expires, at least a second
 * @param audience its {@code aud}; none: it has none
 * @param issuer its {@code iss}; empty: it has none
 */
public record NewToken(
        UserId user, List<TopicPattern> topics, Duration life, List<String> audience, Optional<String> issuer) {
    /**
     * Checks the life.
     *
     * @throws InvalidInputException if it is shorter than a second
     */
    public NewToken {
        topics = List.copyOf(topics);
        audience = List.copyOf(audience);
        if (life.toSeconds() < 1) {
            throw new InvalidInputException("a token lives for at least 1s");
        }
    }

    /**
     * The token, signed by HS256. It is checked as a relay with that secret would.
     *
     * @throws InvalidInputException if the file cannot be read, or a relay would not take its secret, or the
     *     token
     */
    public String sign(Path secretFile, InstantSource clock) {
        SecretFile<HmacSecret> secret = HmacSecret.in(secretFile);
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .subject(user.value())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(life)));
        if (!topics.isEmpty()) {
            claims.claim("topics", topics.stream().map(TopicPattern::text).toList());
        }
        if (!audience.isEmpty()) {
            claims.audience(audience);
        }
        issuer.ifPresent(claims::issuer);
        String token = secret.current().sign(claims.build());
        TokenOptions options = new TokenOptions(Optional.empty(), Optional.of(secretFile), issuer, audience, List.of());
        try {
            new Tokens(options, Optional.empty(), Optional.of(secret), clock).verify(token, false);
        } catch (AccessDeniedException e) {
            throw new InvalidInputException(e.detail());
        }
        return token;
    }
}
