package relay.tls;

/** A file does not hold what TLS needs. The message, for whoever started the relay, names it and says what would be right. */
public final class InvalidTlsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidTlsException(String message) {
        super(message, null, false, false);
    }
}
