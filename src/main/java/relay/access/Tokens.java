package relay.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UserId;
import relay.message.UserInfo;

/**
 * Tells good JSON Web Tokens (RFC 7519) from others, and what they say. For any thread; it may wait for the keys, a few
 * seconds at most.
 */
final class Tokens {
    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
    private static final int CLOCK_SKEW_SECONDS = 10;
    private static final String TOPICS = "topics";

    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    private final InstantSource clock;

    Tokens(TokenOptions options, JWKSource<SecurityContext> keys, InstantSource clock) {
        this.clock = clock;
        Set<JWSAlgorithm> algorithms = new HashSet<>();
        options.algorithms().forEach(name -> algorithms.add(algorithm(name)));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(algorithms, keys));
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"), null));
        processor.setJWTClaimsSetVerifier(new ClaimsVerifier(options, clock));
    }

    /**
     * Whom a token is for, and what it lets its bearer do.
     *
     * @throws AccessDeniedException if it is not good
     */
    Caller verify(String token) {
        try {
            return caller(processor.process(token, null));
        } catch (ParseException e) {
            throw AccessDeniedException.invalid("the credential is no key and no token: send one that is known");
        } catch (BadJOSEException e) {
            throw AccessDeniedException.invalid("the token is not good: " + e.getMessage());
        } catch (KeySourceException e) {
            throw unknownKey(e);
        } catch (JOSEException e) {
            throw AccessDeniedException.invalid("the token's signature cannot be checked: " + e.getMessage());
        } catch (InvalidInputException e) {
            throw AccessDeniedException.invalid("the token is not good: " + e.detail());
        }
    }

    /**
     * The algorithm of that name.
     *
     * @throws InvalidInputException unless it signs with a private key and the relay can check it
     */
    private static JWSAlgorithm algorithm(String name) {
        Set<JWSAlgorithm> known = new HashSet<>(JWSAlgorithm.Family.RSA);
        known.addAll(JWSAlgorithm.Family.EC);
        known.remove(JWSAlgorithm.ES256K);
        JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
        if (!known.contains(algorithm)) {
            throw new InvalidInputException("--jwt-algorithms has '" + name + "': it takes "
                    + String.join(
                            ", ",
                            known.stream().map(JWSAlgorithm::getName).sorted().toList()));
        }
        return algorithm;
    }

    private Caller caller(JWTClaimsSet claims) throws ParseException {
        UserId user = new UserId(claims.getSubject());
        Duration remaining =
                Duration.between(clock.instant(), claims.getExpirationTime().toInstant());
        if (remaining.isNegative() || remaining.isZero()) {
            throw new InvalidInputException("Expired JWT");
        }
        return new Caller(
                "user " + user, EnumSet.of(Right.REGISTER), topics(claims), Optional.of(user), Optional.of(remaining));
    }

    private static TopicFilter topics(JWTClaimsSet claims) throws ParseException {
        if (!claims.getClaims().containsKey(TOPICS)) {
            return TopicFilter.ANY;
        }
        List<String> topics = claims.getStringListClaim(TOPICS);
        if (topics == null) {
            throw new InvalidInputException("topics is null: it takes an array of topics");
        }
        return TopicFilter.of(topics.stream().map(TopicPattern::new).toList());
    }

    private static AccessDeniedException unknownKey(KeySourceException e) {
        boolean askedJustNow =
                e instanceof RateLimitReachedException || e.getCause() instanceof RateLimitReachedException;
        if (askedJustNow) {
            return AccessDeniedException.invalid("the token is not good: no key that is known has signed it");
        }
        LOG.warn("the keys that sign tokens cannot be had: {}", UserInfo.masked(e.toString()));
        return AccessDeniedException.unavailable(
                "the keys that sign tokens cannot be had at the moment: come back later");
    }

    /** Goes by the relay's own clock. */
    private static final class ClaimsVerifier extends DefaultJWTClaimsVerifier<SecurityContext> {
        private final InstantSource clock;

        ClaimsVerifier(TokenOptions options, InstantSource clock) {
            super(
                    Set.copyOf(options.audience()),
                    options.issuer()
                            .map(issuer ->
                                    new JWTClaimsSet.Builder().issuer(issuer).build())
                            .orElse(new JWTClaimsSet.Builder().build()),
                    Set.of("sub", "exp", "aud"),
                    Set.of());
            this.clock = clock;
            setMaxClockSkew(CLOCK_SKEW_SECONDS);
        }

        @Override
        protected Date currentTime() {
            return Date.from(clock.instant());
        }
    }
}
