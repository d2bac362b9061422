package relay.http;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses what a web page asks for that may not use the relay (403). A browser alone would only keep the answer from the
 * page: by then the message would be out. Jetty's threads run it; it holds no state.
 */
public final class OriginCheck extends Handler.Wrapper {
    private final PageOrigins pages;

    public OriginCheck(PageOrigins pages) {
        this.pages = pages;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (pages.mayUse(request)) {
            return super.handle(request, response, callback);
        }
        Response.writeError(
                request,
                response,
                callback,
                HttpStatus.FORBIDDEN_403,
                "this Origin may not use the relay: --allow-origin says which may");
        return true;
    }
}
