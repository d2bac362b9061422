package relay.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import relay.message.InvalidInputException;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UserId;

/** Checks the claims of a signed token (RFC 7519 §4): whether it is valid now, and for this relay. For any thread. */
final class TokenClaims {
    private static final int CLOCK_SKEW_SECONDS = 10;

    /** A client holds them as long as it lives. */
    private static final int MOST_TOPICS = 1000;

    private final TokenOptions options;
    private final InstantSource clock;

    /** Whether it is for this time and this relay, in the order in which that is checked. */
    private final List<Check> validity = List.of(this::requireTime, this::requireIssuer, this::requireAudience);

    /** A check of the claims; it throws {@link InvalidInputException} with what is wrong. */
    @FunctionalInterface
    private interface Check {
        void of(Map<String, Object> claims);
    }

    TokenClaims(TokenOptions options, InstantSource clock) {
        this.options = options;
        this.clock = clock;
    }

    /**
     * The caller that the claims describe.
     *
     * @throws InvalidInputException if they are not for this relay or this time, or malformed
     */
    Caller caller(Map<String, Object> claims) {
        validity.forEach(check -> check.of(claims));
        UserId user = user(claims);
        return new Caller(
                "user " + user,
                Caller.RIGHTS_OF_TOKENS,
                topics(claims),
                Optional.of(user),
                Optional.of(Duration.between(clock.instant(), end(claims))));
    }

    /** All that is wrong with the claims; empty: nothing. */
    List<String> problems(Map<String, Object> claims) {
        List<String> problems = new ArrayList<>();
        List<Check> all = new ArrayList<>(validity);
        all.add(TokenClaims::user);
        all.add(TokenClaims::topics);
        for (Check check : all) {
            try {
                check.of(claims);
            } catch (InvalidInputException e) {
                problems.add(e.detail());
            }
        }
        return problems;
    }

    private void requireTime(Map<String, Object> claims) {
        Instant now = clock.instant();
        Instant end = end(claims);
        if (!end.isAfter(now)) {
            throw new InvalidInputException(
                    "it expired " + TimeWords.from(now, end) + ", at " + end + ": get a new one");
        }
        time(claims, "nbf")
                .filter(start -> start.minusSeconds(CLOCK_SKEW_SECONDS).isAfter(now))
                .ifPresent(start -> {
                    throw new InvalidInputException("it is not valid yet: by its nbf it is not good before " + start
                            + ", " + TimeWords.from(now, start));
                });
    }

    static Instant end(Map<String, Object> claims) {
        return time(claims, "exp")
                .orElseThrow(() -> new InvalidInputException("it has no exp: a token is to say when it ends"));
    }

    static Optional<Instant> time(Map<String, Object> claims, String name) {
        Object value = claims.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof Number seconds) {
            long most = Instant.MAX.getEpochSecond();
            return Optional.of(Instant.ofEpochSecond(Math.max(0, Math.min(seconds.longValue(), most))));
        }
        throw new InvalidInputException(name + " is " + kind(value) + ": it takes seconds since 1970, as a number");
    }

    private void requireIssuer(Map<String, Object> claims) {
        Object issuer = claims.get("iss");
        options.issuer().filter(expected -> !expected.equals(issuer)).ifPresent(expected -> {
            throw new InvalidInputException(
                    "its issuer (iss) is " + quoted(issuer) + ", but " + quoted(expected) + " is asked for");
        });
    }

    private void requireAudience(Map<String, Object> claims) {
        Object audience = claims.get("aud");
        List<?> named = audience instanceof List<?> several ? several : List.of(audience == null ? "" : audience);
        if (!options.audience().isEmpty()
                && named.stream()
                        .noneMatch(name -> name instanceof String text
                                && options.audience().contains(text))) {
            throw new InvalidInputException("its audience (aud) is " + quotedNames(audience) + ", but "
                    + options.audience().stream().map(TokenClaims::quoted).collect(Collectors.joining(" or "))
                    + " is asked for");
        }
    }

    private static UserId user(Map<String, Object> claims) {
        Object subject = claims.get("sub");
        if (subject instanceof String text) {
            try {
                return new UserId(text);
            } catch (InvalidInputException e) {
                throw new InvalidInputException("sub is the user: " + e.detail());
            }
        }
        throw new InvalidInputException(
                subject == null
                        ? "it has no sub: a token is to name its user"
                        : "sub is " + kind(subject) + ": it takes a string");
    }

    static TopicFilter topics(Map<String, Object> claims) {
        if (!claims.containsKey("topics")) {
            return TopicFilter.ANY;
        }
        if (claims.get("topics") instanceof List<?> topics) {
            if (topics.size() > MOST_TOPICS) {
                throw new InvalidInputException(
                        "topics has " + topics.size() + " entries: it takes " + MOST_TOPICS + " at most");
            }
            return TopicFilter.of(topics.stream().map(TokenClaims::pattern).toList());
        }
        throw new InvalidInputException(
                "topics is " + kind(claims.get("topics")) + ": it takes an array of topics, such as ['cats']");
    }

    private static TopicPattern pattern(@Nullable Object topic) {
        if (topic instanceof String text) {
            try {
                return new TopicPattern(text);
            } catch (InvalidInputException e) {
                throw new InvalidInputException("topics: " + e.detail());
            }
        }
        throw new InvalidInputException("topics holds " + kind(topic) + ": it takes an array of strings");
    }

    private static String quoted(@Nullable Object value) {
        return value instanceof String text ? "'" + text + "'" : kind(value);
    }

    private static String quotedNames(@Nullable Object audience) {
        return audience instanceof List<?> several
                        && !several.isEmpty()
                        && several.stream().allMatch(String.class::isInstance)
                ? several.stream().map(TokenClaims::quoted).collect(Collectors.joining(" and "))
                : quoted(audience);
    }

    private static String kind(@Nullable Object value) {
        if (value == null) {
            return "missing or null";
        }
        if (value instanceof String) {
            return "a string";
        }
        if (value instanceof Number) {
            return "a number";
        }
        if (value instanceof Boolean) {
            return "true or false";
        }
        return value instanceof List ? "an array" : "an object";
    }
}
