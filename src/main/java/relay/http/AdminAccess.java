package relay.http;

import java.net.InetSocketAddress;
import org.eclipse.jetty.http.HttpHeader;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.access.Right;

/**
 * Checks who may see what goes on in the relay and remove clients. Where this takes no key, any web page could do it through
 * the browser of its visitor. So without keys only known pages may, even if {@code --allow-origin} allows any. Immutable, for
 * any thread.
 */
final class AdminAccess {
    private final Access access;
    private final OriginCheck origins;

    AdminAccess(Access access, OriginCheck origins) {
        this.access = access;
        this.origins = origins;
    }

    /**
     * The caller, who may administer the relay.
     *
     * @throws AccessDeniedException if the caller may not
     */
    Caller admit(Exchange exchange) {
        if (access.isOpenTo(Right.ADMIN) && !origins.isKnown(exchange.coreRequest())) {
            throw AccessDeniedException.forbidden(
                    "without a key this is only for the relay's own pages and for those whose"
                            + " Origin --allow-origin names ('any' names none): name it there, or set API keys and send one");
        }
        return access.admit(exchange.headers(HttpHeader.AUTHORIZATION.asString()), Right.ADMIN);
    }

    /** Whether the caller may read what only operators should know. Without keys, that is everybody on this machine. */
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
