package relay.http;

import org.eclipse.jetty.http.HttpStatus;

/**
 * An error as {@code application/problem+json} (RFC 9457).
 *
 * @param type {@code about:blank}: the status says what kind of problem it is
 * @param title the name of the status
 * @param status the HTTP status
 * @param detail what was wrong and what would be right
 */
record Problem(String type, String title, int status, String detail) {
    static final String CONTENT_TYPE = "application/problem+json";

    /** For errors that are the fault of the relay. */
    static final String FAILURE = "the relay failed: its log says why";

    static Problem of(int status, String detail) {
        return new Problem("about:blank", HttpStatus.getMessage(status), status, detail);
    }
}
