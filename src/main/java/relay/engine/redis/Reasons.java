package relay.engine.redis;

import io.lettuce.core.RedisURI;

/** Why something did not work, for people. */
final class Reasons {
    private Reasons() {}

    /** What the innermost cause says. */
    static String of(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        if (message != null && message.contains("HandshakeHandler not registered")) {
            // What Lettuce says where it finds that out a little later than usual.
            return "Connection closed prematurely";
        }
        return message == null || message.isBlank() ? root.getClass().getSimpleName() : message;
    }

    /** Of one server: nobody can look for "Connection refused" by itself. */
    static String at(RedisURI server, String reason) {
        return place(server) + ": " + reason;
    }

    /** {@code host:port} */
    static String place(RedisURI server) {
        String host = server.getHost();
        return (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + server.getPort();
    }
}
