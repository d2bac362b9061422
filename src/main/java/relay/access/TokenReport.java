package relay.access;

import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.schedule.Ticker;

/**
 * What is in a token, and all that a relay would find wrong with it, for somebody who has the relay's secret or keys. Immutable,
 * for any thread.
 *
 * @param contents what is in it, in the order in which to show it; each is one printable line
 * @param problems what is wrong with it, in words; empty: a relay with these options takes it
 */
public record TokenReport(Map<String, String> contents, List<String> problems) {
    private static final byte FINAL_LINE_END = '\n';

    public TokenReport {
        contents = Collections.unmodifiableMap(new LinkedHashMap<>(contents));
        problems = List.copyOf(problems);
    }

    /**
     * Reads and checks a token. Keys of a server are fetched now, which may take seconds.
     *
     * @param options with what to check it; if there are neither keys nor a secret, that is a problem of its own
     * @throws InvalidInputException if the keys or the secret cannot be read
     */
    public static TokenReport of(String token, TokenOptions options, Ticker ticker, InstantSource clock) {
        Optional<TokenKeys> keys = options.jwks().map(urlOrFile -> TokenKeys.of(urlOrFile, ticker));
        Optional<SecretFile<HmacSecret>> secret = options.secretFile().map(HmacSecret::in);
        Tokens tokens = new Tokens(options, keys, secret, clock);
        keys.ifPresent(TokenKeys::require);
        Map<String, String> contents = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        attempt(problems, () -> {
            SignedJWT parsed = Tokens.parse(token);
            contents.put("header", Characters.oneLine(parsed.getParsedParts()[0].decodeToString()));
            if (keys.isEmpty() && secret.isEmpty()) {
                problems.add("nobody has checked its signature: give the secret, or the keys");
            } else {
                attempt(problems, () -> {
                    tokens.requireKnownForm(parsed.getHeader());
                    tokens.requireSigned(parsed);
                });
                secret.flatMap(file -> otherSpelling(file.current(), parsed)).ifPresent(problems::add);
            }
            contents.put("claims", Characters.oneLine(parsed.getPayload().toString()));
            describe(Tokens.said(parsed), clock.instant(), contents);
            problems.addAll(tokens.problems(parsed));
        });
        return new TokenReport(contents, problems);
    }

    private static void attempt(List<String> problems, Runnable step) {
        try {
            step.run();
        } catch (InvalidInputException e) {
            problems.add(e.detail());
        } catch (AccessDeniedException e) {
            problems.add(e.detail());
        }
    }

    private static void describe(Map<String, Object> claims, Instant now, Map<String, String> contents) {
        if (claims.get("sub") instanceof String user) {
            contents.put("user", Characters.printable(user));
        }
        contents.put("topics", topics(claims));
        time(claims, "iat", now).ifPresent(time -> contents.put("issued", time));
        time(claims, "nbf", now).ifPresent(time -> contents.put("not before", time));
        time(claims, "exp", now).ifPresent(time -> contents.put("expires", time));
    }

    private static String topics(Map<String, Object> claims) {
        if (!claims.containsKey("topics")) {
            return "any topic";
        }
        @Nullable Object topics = claims.get("topics");
        if (!(topics instanceof List<?> several)) {
            return "not an array";
        }
        return several.isEmpty()
                ? "none: its bearer may subscribe to nothing"
                : Characters.printable(several.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }

    private static Optional<String> time(Map<String, Object> claims, String name, Instant now) {
        try {
            return TokenClaims.time(claims, name).map(time -> time + ", " + TimeWords.from(now, time));
        } catch (InvalidInputException e) {
            return Optional.empty();
        }
    }

    /** How the sender may have read the secret, if that differs from how the relay does. */
    private static Optional<String> otherSpelling(HmacSecret secret, SignedJWT token) {
        if (!token.getHeader().getAlgorithm().equals(HmacSecret.ALGORITHM) || secret.hasSigned(token)) {
            return Optional.empty();
        }
        byte[] bytes = secret.bytes();
        byte[] withEnd = Arrays.copyOf(bytes, bytes.length + 1);
        withEnd[bytes.length] = FINAL_LINE_END;
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (HmacSecret.wouldFit(withEnd, token)) {
            return Optional.of(
                    "it is signed with the secret and a line end: to the relay, the last line end of the file is"
                            + " no part of the secret");
        }
        if (HmacSecret.wouldFit(text.strip().getBytes(StandardCharsets.ISO_8859_1), token)) {
            return Optional.of(
                    "it is signed with the secret without the white space around it: to the relay, that is a part"
                            + " of the secret");
        }
        if (fitsDecoded(Base64.getDecoder()::decode, text, token)
                || fitsDecoded(Base64.getUrlDecoder()::decode, text, token)
                || fitsDecoded(HexFormat.of()::parseHex, text, token)) {
            return Optional.of("it is signed with what the secret's text decodes to (base64 or hex): to the relay, the"
                    + " secret is the text as it is");
        }
        return Optional.empty();
    }

    private static boolean fitsDecoded(Function<String, byte[]> decoder, String text, SignedJWT token) {
        try {
            return HmacSecret.wouldFit(decoder.apply(text.strip()), token);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
