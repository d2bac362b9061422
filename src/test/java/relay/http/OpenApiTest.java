package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Described;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** {@code GET /openapi.json} says what the relay does: no more, no less. */
class OpenApiTest {
    private static final String JSON_TYPE = "application/json";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What is described and not built yet. */
    private static final Set<String> NOT_YET = Set.of("/metrics");

    /** What {@code RequestTimesTest} brings about, with a clock of its own. */
    private static final String BROUGHT_ABOUT_ELSEWHERE = "408";

    private static final String HANDSHAKE = Stream.of(
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
            .map(header -> header + "\r\n")
            .collect(Collectors.joining());

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    private static final Described described =
            Described.byOpenApi(relay.api().get("/openapi.json").json());

    /** An answer that the description tells of. */
    private record Case(String method, String path, int status, Supplier<Answer> answer) {
        @Override
        public String toString() {
            return method + " " + path + " " + status;
        }
    }

    @Test
    void itIsAValidDocument() {
        assertThat(described.faults()).isEmpty();
    }

    @Test
    void itHasEveryPathOfTheServer() {
        Set<String> paths = new HashSet<>();
        described.at("paths").fieldNames().forEachRemaining(paths::add);
        assertThat(relay.servletPaths()).contains("/publish", "/publish/*").allSatisfy(path -> {
            String stem = path.replace("*", "{");
            assertThat(paths).anyMatch(one -> path.endsWith("*") ? one.startsWith(stem) : one.equals(path));
        });
        assertThat(paths).contains("/ws/{id}", "/sse/{id}");
    }

    @Test
    void itHasEveryMethodOfEachPathAndNoOther() {
        described.at("paths").fieldNames().forEachRemaining(path -> {
            if (NOT_YET.contains(path)) {
                return;
            }
            for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE")) {
                boolean isDescribed = described.at("paths", path).has(method.toLowerCase(Locale.ROOT));
                Answer answer = head(relay, method, concrete(path));
                assertThat(answer.status() != 404 && answer.status() != 405)
                        .as("%s %s is answered with %s", method, path, answer.status())
                        .isEqualTo(isDescribed);
                if (!isDescribed) {
                    assertThat(answer.status()).isEqualTo(405);
                    assertMatches(anyMethod(path), path, "default", answer);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void itTellsOfThisAnswer(Case one) {
        Answer answer = one.answer.get();
        assertThat(answer.status()).as(answer.body()).isEqualTo(one.status);
        assertMatches(one.method, one.path, String.valueOf(one.status), answer);
    }

    @Test
    void everyAnswerThatItTellsOfHasBeenBroughtAbout() {
        Set<String> told = new TreeSet<>();
        described.at("paths").properties().stream()
                .filter(path -> !NOT_YET.contains(path.getKey()))
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(operation -> operation
                                .getValue()
                                .path("responses")
                                .fieldNames()
                                .forEachRemaining(
                                        status -> told.add(operation.getKey() + " " + path.getKey() + " " + status))));
        told.removeIf(answer -> answer.endsWith(" default") || answer.endsWith(BROUGHT_ABOUT_ELSEWHERE));
        assertThat(told).contains("post /register 503");
        assertThat(cases().map(Case::toString)).containsAll(told);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/register", "/publish"})
    void itsExamplesAreTaken(String path) {
        requestBody(path)
                .properties()
                .forEach(body -> body.getValue().path("examples").forEach(example -> {
                    JsonNode value = example.get("value");
                    assertThat(described.faults(body.getValue().get("schema"), value))
                            .isEmpty();
                    Answer answer = relay.api()
                            .send(
                                    "POST",
                                    path,
                                    value.isTextual() ? value.asText() : value.toString(),
                                    "Content-Type",
                                    body.getKey());
                    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/register", "/publish"})
    void aFieldThatItDoesNotHaveIsRefused(String path) {
        JsonNode body = requestBody(path).get(JSON_TYPE);
        body.path("examples").forEach(example -> {
            ObjectNode surprising = example.get("value").<ObjectNode>deepCopy().put("surprise", 1);
            assertThat(described.faults(body.get("schema"), surprising)).isNotEmpty();
            Answer answer = relay.api().post(path, surprising.toString());
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.detail()).contains("\"surprise\"");
        });
    }

    static final List<String> REGISTRATIONS = List.of(
            "{'user_id':0}",
            "{'user_id':-1}",
            "{'user_id':18446744073709551615}",
            "{'user_id':18446744073709551616}",
            "{'user_id':1.5}",
            "{'user_id':true}",
            "{'user_id':null}",
            "{'user_id':[1]}",
            "{'user_id':''}",
            "{'user_id':'" + "ü".repeat(256) + "'}",
            "{'user_id':'" + "😀".repeat(256) + "'}",
            "{'user_id':'" + "x".repeat(257) + "'}",
            "{'user_id':1,'topics':[]}",
            "{'user_id':1,'topics':['']}",
            "{'user_id':1,'topics':['a\\n']}",
            "{'user_id':1,'topics':['\\u0085']}",
            "{'user_id':1,'topics':['\\u007f']}",
            "{'user_id':1,'topics':['a b/ü 😀']}",
            "{'user_id':1,'topics':['" + "x".repeat(257) + "']}",
            "{'user_id':1,'topics':[1]}",
            "{'user_id':1,'topics':'cats'}",
            "{'user_id':1,'topics':null}",
            "{'user_id':1,'allow':[]}",
            "{'user_id':1,'allow':['*']}",
            "{'user_id':1,'allow':['a.*.b','.','..']}",
            "{'user_id':1,'allow':['a*']}",
            "{'user_id':1,'allow':['a.**']}",
            "{'user_id':1,'allow':['']}",
            "{'user_id':1,'keep':0}",
            "{'user_id':1,'keep':60}",
            "{'user_id':1,'keep':-1}",
            "{'user_id':1,'keep':'60'}",
            "{'user_id':1,'keep':0.5}",
            "{'user_id':1,'User_id':1}",
            "[]",
            "1",
            "null");

    static final List<String> MESSAGES = List.of(
            "{'topic':'cats','message':''}",
            "{'topic':'cats','message':null}",
            "{'topic':'cats','message':[{'any':1}]}",
            "{'topic':'cats','message':1.5}",
            "{'topic':'cats'}",
            "{'message':'x'}",
            "{}",
            "{'topic':'','message':'x'}",
            "{'topic':'\\u0000','message':'x'}",
            "{'topic':7,'message':'x'}",
            "{'topic':['cats'],'message':'x'}",
            "{'topic':'cats','message':'x','user_id':null}",
            "{'topic':'cats','message':'x','user_id':'1'}",
            "{'topic':'cats','message':'x','user_id':1}",
            "{'topic':'cats','message':'x','user_id':''}",
            "{'topic':'cats','message':'x','user_id':-1}",
            "{'topic':'cats','message':'x','user_id':{}}",
            "{'topic':'cats','message':'x','userid':1}",
            "{'topic':'cats','message':'x','confirm':'1s'}",
            "[]");

    @ParameterizedTest
    @FieldSource("REGISTRATIONS")
    void aRegistrationIsTakenExactlyIfItSaysSo(String body) {
        assertTakenExactlyIfItSaysSo("/register", body.replace('\'', '"'));
    }

    @ParameterizedTest
    @FieldSource("MESSAGES")
    void aMessageIsTakenExactlyIfItSaysSo(String body) {
        assertTakenExactlyIfItSaysSo("/publish", body.replace('\'', '"'));
    }

    private static void assertTakenExactlyIfItSaysSo(String path, String body) {
        List<String> faults = described.faults(requestBody(path).get(JSON_TYPE).get("schema"), Described.value(body));
        Answer answer = relay.api().post(path, body);
        assertThat(answer.status())
                .as("%s, by the schema %s", answer.body(), faults)
                .isEqualTo(faults.isEmpty() ? 200 : 400);
    }

    private static Stream<Case> cases() {
        List<Case> all = new ArrayList<>();
        all.add(new Case("get", "/health", 200, () -> relay.api().get("/health")));
        all.add(new Case("get", "/ready", 200, () -> relay.api().get("/ready")));
        all.add(new Case("get", "/ready", 503, OpenApiTest::readyWhileLeaving));
        addRegistering(all);
        addPublishing(all);
        addConnecting(all, "/ws/{id}", 101);
        addConnecting(all, "/sse/{id}", 200);
        addAdministering(all);
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

    private static void addRegistering(List<Case> all) {
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
        String one = "/register/00000000000040008000000000000000";
        all.add(new Case("delete", "/register/{id}", 200, () -> relay.api().delete(one)));
        all.add(new Case("delete", "/register/{id}", 400, () -> relay.api().delete(one + "?x=1")));
        addDenied(all, "delete", "/register/{id}", one, "");
    }

    private static void addAdministering(List<Case> all) {
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
        all.add(new Case("get", "/", 200, () -> relay.api().get("/")));
        all.add(new Case("get", "/", 404, () -> onceWith(TestRelay.start("--no-console"), api -> api.get("/"))));
    }

    private static void addPublishing(List<Case> all) {
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

    private static void addConnecting(List<Case> all, String path, int opened) {
        all.add(new Case("get", path, opened, () -> connect(relay, concrete(path))));
        all.add(new Case("get", path, 400, () -> connect(relay, concrete(path) + "?format=xml")));
        all.add(new Case("get", path, 404, () -> connect(relay, path.replace("{id}", "x"))));
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
                        full, path.replace("{id}", full.api().register(2).id()));
                first.barrier();
                return answer;
            }
        }));
    }

    private static void addDenied(List<Case> all, String method, String path, String to, String body) {
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
    private static String concrete(String path) {
        return path.replace(
                        "{id}", path.contains("{id}") ? relay.api().register(1).id() : "")
                .replace("{topic}", "cats");
    }

    /** Asks for a WebSocket or a stream, and returns its beginning, or why not. */
    private static Answer connect(TestRelay to, String path) {
        String upgrade = path.startsWith("/ws/") ? HANDSHAKE : "";
        return exchange(to, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + upgrade + "\r\n");
    }

    private static Answer head(TestRelay to, String method, String path) {
        return exchange(to, method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    }

    private static Answer exchange(TestRelay to, String request) {
        try (RawSocket socket = RawSocket.connect(to.port())) {
            return Raw.parse(socket.send(request).readAnswer());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode requestBody(String path) {
        return described.at("paths", path, "post", "requestBody", "content");
    }

    private static void assertMatches(String method, String path, String status, Answer answer) {
        JsonNode response = described.at("paths", path, method, "responses", status);
        assertThat(response.isObject()).as("%s %s %s", method, path, status).isTrue();
        JsonNode content = response.path("content");
        if (content.isEmpty()) {
            assertThat(answer.body()).isEmpty();
        } else {
            String type = answer.header("Content-Type").replaceFirst(";.*", "").strip();
            assertThat(content.fieldNames()).toIterable().contains(type);
            if (type.endsWith("json")) {
                assertThat(described.faults(content.get(type).get("schema"), answer.json()))
                        .as(answer.body())
                        .isEmpty();
            }
        }
        response.path("headers").properties().forEach(header -> {
            JsonNode declared = described.resolved(header.getValue());
            String text = answer.header(header.getKey());
            boolean isNumber = declared.at("/schema/type").asText().equals("integer");
            JsonNode value = isNumber ? Described.value(text) : JSON.valueToTree(text);
            if (declared.path("required").asBoolean() || !text.isEmpty()) {
                assertThat(described.faults(declared.get("schema"), value))
                        .as(text)
                        .isEmpty();
            }
        });
    }

    private static String anyMethod(String path) {
        return described.at("paths", path).properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> !name.equals("parameters"))
                .findFirst()
                .orElseThrow();
    }
}
