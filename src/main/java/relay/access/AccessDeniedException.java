package relay.access;

import java.util.Optional;

/**
 * A request's credential does not allow what it asks for. It has no stack trace: the relay is not at fault.
 */
public final class AccessDeniedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String SCHEME = "Bearer realm=\"relay\"";
    private static final int MOST_DESCRIBED = 256;

    /** When it is worth to come back where the credential cannot be checked now. */
    public static final String RETRY_AFTER_SECONDS = "5";

    private final Kind kind;
    private final String challenge;

    /** The kinds of denial; each has an HTTP status. */
    public enum Kind {
        /** There are several credentials. */
        MALFORMED(400),
        /** The credential is absent or invalid. */
        UNAUTHORIZED(401),
        /** The credential is valid, but not for this. */
        FORBIDDEN(403),
        /** The credential cannot be checked now. */
        UNAVAILABLE(503);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        /** The HTTP status. */
        public int status() {
            return status;
        }
    }

    private AccessDeniedException(Kind kind, String detail, String challenge) {
        super(detail, null, false, false);
        this.kind = kind;
        this.challenge = challenge;
    }

    static AccessDeniedException missing(String detail) {
        return new AccessDeniedException(Kind.UNAUTHORIZED, detail, SCHEME);
    }

    static AccessDeniedException invalid(String detail) {
        return new AccessDeniedException(Kind.UNAUTHORIZED, detail, error("invalid_token", detail));
    }

    /** There are several credentials. */
    static AccessDeniedException ambiguous(String detail) {
        return new AccessDeniedException(Kind.MALFORMED, detail, error("invalid_request", detail));
    }

    static AccessDeniedException insufficient(Right needed) {
        String detail = "this credential lacks the right to " + needed.word() + ": send one that has it";
        return new AccessDeniedException(
                Kind.FORBIDDEN, detail, error("insufficient_scope", detail) + ", scope=\"" + needed.word() + "\"");
    }

    /** The credential has the right, but not for this topic or user. */
    public static AccessDeniedException forbidden(String detail) {
        return new AccessDeniedException(Kind.FORBIDDEN, detail, "");
    }

    static AccessDeniedException unavailable(String detail) {
        return new AccessDeniedException(Kind.UNAVAILABLE, detail, "");
    }

    private static String error(String code, String detail) {
        return SCHEME + ", error=\"" + code + "\", error_description=\"" + described(detail) + "\"";
    }

    /** Only the characters that an error_description may have (RFC 6750 §3), and not too long for a header. */
    private static String described(String detail) {
        String quoted = detail.replace('"', '\'').replaceAll("[^ !#-\\[\\]-~]", "?");
        return quoted.length() > MOST_DESCRIBED ? quoted.substring(0, MOST_DESCRIBED) : quoted;
    }

    public Kind kind() {
        return kind;
    }

    /** What is wrong and what would be right. */
    public String detail() {
        return String.valueOf(getMessage());
    }

    /** The value of {@code WWW-Authenticate} (RFC 6750 §3), if there is one. */
    public Optional<String> challenge() {
        return challenge.isEmpty() ? Optional.empty() : Optional.of(challenge);
    }
}
