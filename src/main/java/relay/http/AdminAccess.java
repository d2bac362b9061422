package relay.http;

import java.net.InetSocketAddress;
import org.eclipse.jetty.http.HttpHeader;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.access.Right;

/**
 * Who may look at what goes on and remove clients. Where that takes no key, a web page could do it with nothing but its
 * visitor's browser, so only pages that the relay knows may, whatever {@code --allow-origin} says of any. Immutable, for any
 * thread.
 */
public final class AdminAccess {
    private final Access access;
    private final PageOrigins pages;

    public AdminAccess(Access access, PageOrigins pages) {
        this.access = access;
        this.pages = pages;
    }

    /**
     * Who sends a request, if that may administer.
     *
     * @throws AccessDeniedException if not
     */
    Caller admit(Exchange exchange) {
        if (access.isOpenTo(Right.ADMIN) && !pages.areKnown(exchange.coreRequest())) {
            throw AccessDeniedException.forbidden(
                    "without a key this is only for the relay's own pages and for those whose"
                            + " Origin --allow-origin names ('any' names none): name it there, or set API keys and send one");
        }
        return access.admit(exchange.headers(HttpHeader.AUTHORIZATION.asString()), Right.ADMIN);
    }

    /** Whether whoever sends a request may read what is for those who run the relay: with no key, on its own machine only. */
    boolean mayKnow(Exchange exchange) {
        if (access.isOpenTo(Right.ADMIN) && !isLocal(exchange)) {
            return false;
        }
        try {
            admit(exchange);
            return true;
        } catch (AccessDeniedException e) {
            return false;
        }
    }

    private static boolean isLocal(Exchange exchange) {
        return exchange.coreRequest().getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress from
                && from.getAddress() != null
                && from.getAddress().isLoopbackAddress();
    }
}
