package relay.seeded.http;

import org.eclipse.jetty.http.HttpURI;

public final class ParsesPath {
    private ParsesPath() {}

    static boolean isHealth(HttpURI uri) {
        return "/health".equals(uri.getPath());
    }
}
