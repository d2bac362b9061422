package relay.console;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.testing.Api;
import relay.testing.Api.Answer;

/** Stands in front of a relay and says of it what a test wants; what the test says nothing about, the relay answers. */
final class FakeAdmin implements AutoCloseable {
    private static final List<String> NOT_HANDED_ON =
            List.of("content-length", "transfer-encoding", "connection", "date");

    private final HttpServer server;
    private final Api relay;
    private final Map<String, Function<Asked, Said>> said = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    /** A request for one of the paths that a test answers; what is not there is empty. */
    record Asked(String path, String query, String authorization) {
        String parameter(String name) {
            Matcher value = Pattern.compile("(?:^|&)" + name + "=([^&]*)").matcher(query);
            return value.find() ? URLDecoder.decode(value.group(1), StandardCharsets.UTF_8) : "";
        }
    }

    /** An answer. */
    record Said(int status, String body) {
        static Said ok(String body) {
            return new Said(200, body);
        }

        static Said problem(int status, String detail) {
            return new Said(status, "{\"status\":" + status + ",\"detail\":\"" + detail + "\"}");
        }
    }

    private FakeAdmin(HttpServer server, Api relay) {
        this.server = server;
        this.relay = relay;
    }

    static FakeAdmin before(Api relay) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            FakeAdmin fake = new FakeAdmin(server, relay);
            server.createContext("/", fake::answer);
            server.start();
            return fake;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on answers this path so. */
    void say(String path, Function<Asked, Said> answer) {
        said.put(path, answer);
    }

    /** The requests for a path so far. */
    List<Asked> asked(String path) {
        return asked.stream().filter(one -> one.path().equals(path)).toList();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Function<Asked, Said> answer = said.get(path);
        if (answer == null) {
            handOn(exchange);
            return;
        }
        String query = exchange.getRequestURI().getRawQuery();
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        Asked one = new Asked(path, query == null ? "" : query, authorization == null ? "" : authorization);
        asked.add(one);
        Said what = answer.apply(one);
        write(exchange, what.status(), what.body());
    }

    private void handOn(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Answer answer = body.isEmpty()
                ? relay.send(
                        exchange.getRequestMethod(), exchange.getRequestURI().toString(), "")
                : relay.post(exchange.getRequestURI().toString(), body);
        answer.headers().forEach((name, value) -> {
            if (!NOT_HANDED_ON.contains(name)) {
                exchange.getResponseHeaders().set(name, value);
            }
        });
        write(exchange, answer.status(), answer.body());
    }

    private static void write(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
