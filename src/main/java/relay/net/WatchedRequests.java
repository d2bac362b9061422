package relay.net;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.fatal.Fatal;

/** Around all handlers: Jetty would answer 500, or nothing, and go on. */
public final class WatchedRequests extends Handler.Wrapper {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        try {
            return super.handle(request, response, callback);
        } catch (Throwable e) {
            Fatal.report(e);
            throw e;
        }
    }
}
