package relay.http;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** Requests that bring about the answers of which {@code /openapi.json} tells. */
final class OpenApiCases {
    private final TestRelay relay;

    /** An answer that the description tells of. */
    record Case(String method, String path, int status, Supplier<Answer> answer) {
        @Override
        public String toString() {
            return method + " " + path + " " + status;
        }
    }

    /** @param relay one with the flags' defaults; where another is needed, it is started for the one request */
    OpenApiCases(TestRelay relay) {
        this.relay = relay;
    }

    /** One for each answer of each operation, or more. */
    Stream<Case> all() {
        List<Case> all = new ArrayList<>();
        all.add(new Case("get", "/health", 200, () -> relay.api().get("/health")));
        all.add(new Case("get", "/ready", 200, () -> relay.api().get("/ready")));
        all.add(new Case("get", "/ready", 503, OpenApiCases::readyWhileLeaving));
        addRegistering(all);
        addPublishing(all);
        addConnecting(all, "/ws/{id}", 101);
        addConnecting(all, "/sse/{id}", 200);
        addConnecting(all, "/ws", 101);
        addConnecting(all, "/sse", 200);
        addAdministering(all);
        addReading(all);
        all.add(new Case("get", "/ws/{id}", 426, () -> relay.api().get(concrete("/ws/{id}"))));
        for (String path : List.of("/relay.js", "/openapi.json", "/asyncapi.json")) {
            all.add(new Case("get", path, 200, () -> relay.api().get(path)));
            all.add(new Case(
                    "get",
                    path,
                    304,
                    () -> relay.api()
                            .send(
                                    "GET",
                                    path,
                                    "",
                                    "If-None-Match",
                                    relay.api().get(path).header("ETag"))));
        }
        return all.stream();
    }

    private void addRegistering(List<Case> all) {
        String body = "{\"user_id\":1}";
        String path = "/register";
        all.add(new Case("post", path, 200, () -> relay.api().post(path, body)));
        all.add(new Case("post", path, 400, () -> relay.api().post(path, "{}")));
        addDenied(all, "post", path, path, body);
        all.add(new Case("post", path, 413, () -> relay.api().post(path, " ".repeat(1 << 20) + body)));
        all.add(new Case("post", path, 415, () -> relay.api().send("POST", path, body, "Content-Type", "text/plain")));
        all.add(new Case(
                "post",
                path,
                429,
                () -> twice(
                        TestRelay.startLimitingLoopback(() -> 0, "--max-registrations-per-second", "1"),
                        api -> api.post(path, body))));
        all.add(new Case(
                "post",
                path,
                503,
                () -> twice(TestRelay.start("--max-registrations", "1"), api -> api.post(path, body))));
        addChanging(all);
        String one = "/register/00000000000040008000000000000000";
        all.add(new Case("delete", "/register/{id}", 200, () -> relay.api().delete(one)));
        all.add(new Case("delete", "/register/{id}", 400, () -> relay.api().delete(one + "?x=1")));
        addDenied(all, "delete", "/register/{id}", one, "");
    }

    private void addChanging(List<Case> all) {
        String path = "/register/{id}";
        String body = "{\"add\":[\"a\"],\"remove\":[\"cats\"],\"allow\":[\"a\"],\"publish\":[\"a\"]}";
        String nobody = concrete(path).replaceFirst("[^/]+$", "00000000000040008000000000000000");
        all.add(new Case("patch", path, 200, () -> relay.api().patch(concrete(path), body)));
        all.add(new Case("patch", path, 404, () -> relay.api().patch(nobody, body)));
        all.add(new Case("patch", path, 503, () -> {
            try (TestRelay full = TestRelay.start("--max-subscriptions", "1")) {
                return full.api().patch("/register/" + full.api().register(1).id(), "{\"add\":[\"a\"]}");
            }
        }));
        String clients = "/clients?user_id=1";
        all.add(new Case("patch", "/clients", 200, () -> {
            relay.api().register(1);
            return relay.api().patch(clients, body);
        }));
        all.add(new Case("patch", "/clients", 200, () -> {
            relay.api().register(1);
            return relay.api().patch(clients, "{\"allow\":[\"a\"],\"add\":[\"b\"]}");
        }));
        for (String of : List.of(path, "/clients")) {
            String to = of.equals(path) ? nobody : clients;
            all.add(new Case("patch", of, 400, () -> relay.api().patch(to, "{}")));
            addDenied(all, "patch", of, to, body);
            all.add(new Case("patch", of, 413, () -> relay.api().patch(to, " ".repeat(1 << 20) + body)));
            all.add(new Case(
                    "patch", of, 415, () -> relay.api().send("PATCH", to, body, "Content-Type", "text/plain")));
        }
    }

    private void addAdministering(List<Case> all) {
        all.add(new Case("get", "/topics", 200, () -> relay.api().get("/topics?limit=1&after=a")));
        all.add(new Case("get", "/topics", 400, () -> relay.api().get("/topics?limit=0")));
        addDenied(all, "get", "/topics", "/topics", "");
        all.add(new Case("get", "/topics/{topic}", 200, () -> {
            relay.api().register(1, "cats");
            relay.api().publish("cats", "held");
            return relay.api().get("/topics/cats");
        }));
        all.add(new Case("get", "/topics/{topic}", 400, () -> relay.api().get("/topics/cats?limit=1")));
        all.add(new Case("get", "/topics/{topic}", 404, () -> relay.api().get("/topics/nobody%20asks%20for%20it")));
        addDenied(all, "get", "/topics/{topic}", "/topics/cats", "");
        all.add(new Case("get", "/clients", 200, () -> {
            relay.api().register(1, "cats", "dogs");
            return relay.api().get("/clients?user_id=1&limit=2");
        }));
        all.add(new Case("get", "/clients", 200, () -> relay.api().get("/clients")));
        all.add(new Case("get", "/clients", 400, () -> relay.api().get("/clients?after=nowhere")));
        addDenied(all, "get", "/clients", "/clients", "");
        all.add(new Case("delete", "/clients", 200, () -> relay.api().delete("/clients?user_id=1")));
        all.add(new Case("delete", "/clients", 400, () -> relay.api().delete("/clients")));
        addDenied(all, "delete", "/clients", "/clients?user_id=1", "");
        all.add(new Case("get", "/metrics", 200, () -> relay.api().get("/metrics")));
        addDenied(all, "get", "/metrics", "/metrics", "");
        all.add(new Case("get", "/", 200, () -> relay.api().get("/")));
        all.add(new Case("get", "/", 404, () -> onceWith(TestRelay.start("--no-console"), api -> api.get("/"))));
    }

    private void addReading(List<Case> all) {
        String path = "/topics/{topic}/messages";
        String to = "/topics/cats/messages";
        all.add(new Case("get", path, 200, () -> relay.api().get(to + "?after=nowhere-1&limit=2&wait=1s")));
        all.add(new Case("get", path, 200, () -> {
            relay.api().publish(1, "cats", "held");
            return relay.api().get(to + "?since=10m&user_id=1&token=any");
        }));
        all.add(new Case("get", path, 200, () -> relay.api().send("GET", to, "", "Accept", "application/x-ndjson")));
        all.add(new Case(
                "get",
                path,
                304,
                () -> relay.api()
                        .send(
                                "GET",
                                to,
                                "",
                                "If-None-Match",
                                relay.api().get(to).header("ETag"))));
        all.add(new Case("get", path, 400, () -> relay.api().get(to + "?last=1&since=all")));
        addDenied(all, "get", path, to, "");
        all.add(new Case("get", path, 503, () -> {
            try (TestRelay full = TestRelay.start("--max-connections", "1");
                    TestSocket first = TestSocket.open(full.api().register(1).url())) {
                first.barrier();
                return full.api().get(to + "?wait=1s");
            }
        }));
    }

    private void addPublishing(List<Case> all) {
        String body = "{\"topic\":\"cats\",\"message\":\"x\"}";
        String lines = body + "\nx\n" + body;
        String large = "x".repeat((1 << 20) + 1);
        all.add(new Case("post", "/publish", 200, () -> relay.api().post("/publish", body)));
        all.add(new Case("post", "/publish", 200, () -> relay.api().post("/publish?confirm=1ms", body)));
        all.add(new Case(
                "post",
                "/publish",
                200,
                () -> relay.api().send("POST", "/publish", lines, "Content-Type", "application/x-ndjson")));
        all.add(new Case(
                "post",
                "/publish",
                415,
                () -> relay.api().send("POST", "/publish", body, "Content-Type", "text/plain")));
        all.add(new Case("post", "/publish/{topic}", 200, () -> relay.api().post("/publish/a%2Fb?user_id=1", body)));
        all.add(new Case(
                "post",
                "/publish/{topic}",
                415,
                () -> relay.api().send("POST", "/publish/cats", body, "Content-Type", "text/plain;charset=utf-16")));
        for (String path : List.of("/publish", "/publish/{topic}")) {
            String to = concrete(path);
            all.add(new Case("post", path, 400, () -> relay.api().post(to + "?confirm=soon", body)));
            addDenied(all, "post", path, to, body);
            all.add(new Case("post", path, 200, () -> {
                publishWithKey(to, body, "sent twice");
                return publishWithKey(to, body, "sent twice");
            }));
            all.add(new Case("post", path, 409, () -> {
                publishWithKey(to, body, "sent with another body");
                return publishWithKey(to, body + " ", "sent with another body");
            }));
            all.add(new Case("post", path, 413, () -> relay.api().post(to, large)));
            all.add(new Case(
                    "post",
                    path,
                    503,
                    () -> onceWith(
                            TestRelay.start("--publish-queue-bytes", "1KiB"),
                            api -> api.post(to, body.replace("x", "x".repeat(1000))))));
        }
    }

    private Answer publishWithKey(String to, String body, String key) {
        return relay.api()
                .send(
                        "POST",
                        to,
                        body,
                        "Content-Type",
                        "application/json",
                        "Idempotency-Key",
                        "\"" + key + " " + to + "\"");
    }

    private void addConnecting(List<Case> all, String path, int opened) {
        all.add(new Case("get", path, opened, () -> connect(relay, concrete(path) + query(path))));
        all.add(new Case("get", path, 400, () -> connect(relay, concrete(path) + query(path) + "format=xml")));
        if (path.contains("{id}")) {
            all.add(new Case("get", path, 404, () -> connect(relay, path.replace("{id}", "x"))));
        } else {
            all.add(new Case(
                    "get",
                    path,
                    path.equals("/ws") ? 426 : 400,
                    () -> relay.api().get(path)));
            all.add(new Case("get", path, 401, () -> connectWithKeys(path, "")));
            all.add(new Case("get", path, 403, () -> connectWithKeys(path, "Authorization: Bearer other\r\n")));
        }
        all.add(new Case("get", path, 403, () -> {
            try (TestRelay narrow = TestRelay.start("--allow-origin", "https://example.com")) {
                return narrow.api().send("GET", path.replace("{id}", "x"), "", "Origin", "https://evil.example");
            }
        }));
        all.add(new Case(
                "get",
                path,
                429,
                () -> twice(
                        TestRelay.startLimitingLoopback(() -> 0, "--max-handshakes-per-second", "1"),
                        api -> api.get(path.replace("{id}", "x")))));
        all.add(new Case("get", path, 503, () -> {
            try (TestRelay full = TestRelay.start("--max-connections", "1");
                    TestSocket first = TestSocket.open(full.api().register(1).url())) {
                Answer answer = connect(
                        full, path.replace("{id}", full.api().register(2).id()) + query(path));
                first.barrier();
                return answer;
            }
        }));
    }

    private void addDenied(List<Case> all, String method, String path, String to, String body) {
        String right = to.startsWith("/register") ? "publish" : "register";
        Map<String, String> keys = Map.of("RELAY_API_KEYS", "other:" + right);
        all.add(new Case(
                method,
                path,
                401,
                () -> onceWith(TestRelay.start(keys), api -> api.send(method.toUpperCase(Locale.ROOT), to, body))));
        all.add(new Case(
                method,
                path,
                403,
                () -> onceWith(
                        TestRelay.start(keys),
                        api -> api.send(method.toUpperCase(Locale.ROOT), to, body, "Authorization", "Bearer other"))));
    }

    @FunctionalInterface
    private interface Request {
        Answer sendTo(Api api);
    }

    private static Answer onceWith(TestRelay other, Request request) {
        try (other) {
            return request.sendTo(other.api());
        }
    }

    private static Answer twice(TestRelay other, Request request) {
        try (other) {
            request.sendTo(other.api());
            return request.sendTo(other.api());
        }
    }

    private static Answer readyWhileLeaving() {
        try (TestRelay leaving = TestRelay.start("--drain", "6s");
                RawSocket deaf = RawSocket.connect(leaving.port())
                        .upgrade(leaving.api().register(1).id())) {
            CompletableFuture<Void> gone = CompletableFuture.runAsync(() -> {
                try {
                    leaving.drainAndStop();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            Answer answer = await().until(() -> leaving.api().get("/ready"), ready -> ready.status() == 503);
            deaf.reset();
            gone.orTimeout(20, TimeUnit.SECONDS).join();
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A path with a registered client's id, or a topic, in it. */
    private String concrete(String path) {
        return path.replace(
                        "{id}", path.contains("{id}") ? relay.api().register(1).id() : "")
                .replace("{topic}", "cats");
    }

    /** The query that a path needs, up to where the next parameter may stand. */
    private static String query(String path) {
        return path.contains("{id}") ? "?" : "?topic=cats&";
    }

    private static Answer connectWithKeys(String path, String header) {
        try (TestRelay guarded = TestRelay.start(Map.of("RELAY_API_KEYS", "other:register"))) {
            return connect(guarded.port(), path + query(path), header);
        }
    }

    /** Asks for a WebSocket or a stream, and returns its beginning, or why not. */
    private static Answer connect(TestRelay to, String path) {
        return connect(to.port(), path, "");
    }

    private static Answer connect(int port, String path, String header) {
        return exchange(
                port,
                path.startsWith("/ws")
                        ? RawSocket.handshakeAt(path, header)
                        : "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n");
    }

    /** What a request without a body is answered, or the beginning of that. */
    Answer answer(String method, String path) {
        return exchange(
                relay.port(),
                method + " " + concrete(path) + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    }

    private static Answer exchange(int port, String request) {
        try (RawSocket socket = RawSocket.connect(port)) {
            return Raw.parse(socket.send(request).readAnswer());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
