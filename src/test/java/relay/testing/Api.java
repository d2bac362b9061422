package relay.testing;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** A backend that speaks HTTP to a relay. For any thread. */
public final class Api {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    private final HttpClient http;
    private final String base;

    public Api(int port) {
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        base = "http://127.0.0.1:" + port;
    }

    /** One that speaks TLS. */
    public Api(int port, SSLContext context) {
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(context)
                .build();
        base = "https://127.0.0.1:" + port;
    }

    /** What came back. */
    public record Answer(int status, Map<String, String> headers, String body) {
        public JsonNode json() {
            return TestJson.parse(body);
        }

        public String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }

        /** The detail of a problem. */
        public String detail() {
            return json().path("detail").asText();
        }
    }

    /** A registered client. */
    public record Registered(String id, String url) {
        public URI uri() {
            return URI.create(url);
        }
    }

    /** Registers a user's client for these topics; none named: for the default one. */
    public Registered register(int user, String... topics) {
        String body = TestJson.object()
                .put("user_id", user)
                .set("topics", TestJson.tree(topics))
                .toString();
        return registered(topics.length == 0 ? "{\"user_id\":" + user + "}" : body);
    }

    /** Registers a user's client for these topics that outlives a lost connection by so many seconds. */
    public Registered registerKept(int user, int keepSeconds, String... topics) {
        return registered(TestJson.object()
                .put("user_id", user)
                .put("keep", keepSeconds)
                .set("topics", TestJson.tree(topics))
                .toString());
    }

    /** The same for one that goes on from the history when its queue is full. */
    public Registered registerCatchingUp(int user, int keepSeconds, String... topics) {
        return registered(TestJson.object()
                .put("user_id", user)
                .put("keep", keepSeconds)
                .put("overflow", "catchup")
                .set("topics", TestJson.tree(topics))
                .toString());
    }

    /** The same for one that may publish to any topic. */
    public Registered registerSpeaking(int user, int keepSeconds, String... topics) {
        return registered(TestJson.object()
                .put("user_id", user)
                .put("keep", keepSeconds)
                .<ObjectNode>set("topics", TestJson.tree(topics))
                .set("publish", TestJson.tree(new String[] {"**"}))
                .toString());
    }

    private Registered registered(String body) {
        Answer answer = post("/register", body);
        if (answer.status() != 200) {
            throw new AssertionError("not registered: " + answer);
        }
        return new Registered(
                answer.json().get("id").asText(), answer.json().get("url").asText());
    }

    /** Publishes to everybody on a topic, and says to how many connections it was handed. */
    public int publish(String topic, String message) {
        return queued(post(
                "/publish",
                TestJson.object().put("topic", topic).put("message", message).toString()));
    }

    /** Publishes to one user's clients on a topic, and says to how many connections it was handed. */
    public int publish(int user, String topic, String message) {
        return queued(post(
                "/publish",
                TestJson.object()
                        .put("user_id", user)
                        .put("topic", topic)
                        .put("message", message)
                        .toString()));
    }

    /** Publishes to everybody on a topic, and says which id the message got. */
    public String publishForId(String topic, String message) {
        Answer answer = post(
                "/publish",
                TestJson.object().put("topic", topic).put("message", message).toString());
        if (answer.status() != 200) {
            throw new AssertionError("not published: " + answer);
        }
        return answer.json().get("id").asText();
    }

    /** Sends JSON. */
    public Answer post(String path, String json) {
        return send("POST", path, json, "Content-Type", "application/json");
    }

    /** Sends JSON by PATCH. */
    public Answer patch(String path, String json) {
        return send("PATCH", path, json, "Content-Type", "application/json");
    }

    /** Sends JSON by PATCH with an API key or a token. */
    public Answer patchAs(String credential, String path, String json) {
        return send("PATCH", path, json, "Content-Type", "application/json", "Authorization", "Bearer " + credential);
    }

    /** Sends JSON with an API key or a token. */
    public Answer postAs(String credential, String path, String json) {
        return send("POST", path, json, "Content-Type", "application/json", "Authorization", "Bearer " + credential);
    }

    /** Sends no body, with an API key or a token. */
    public Answer sendAs(String credential, String method, String path) {
        return send(method, path, "", "Authorization", "Bearer " + credential);
    }

    /** Publishes JSON with an {@code Idempotency-Key}. */
    public Answer publishWithKey(String key, String json) {
        return send("POST", "/publish", json, "Content-Type", "application/json", "Idempotency-Key", key);
    }

    /** Waits until the relay takes clients. */
    public void awaitReady() {
        awaitReady(200);
    }

    /** Waits until {@code GET /ready} is answered with this status. */
    public void awaitReady(int status) {
        await().atMost(LONGEST_WAIT).until(() -> get("/ready").status() == status);
    }

    public Answer get(String path) {
        return send("GET", path, "");
    }

    public Answer delete(String path) {
        return send("DELETE", path, "");
    }

    /** Sends anything, with headers given as name, value, name, value. */
    public Answer send(String method, String path, String body, String... headers) {
        return send(method, path, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body), headers);
    }

    /** Sends a body of any kind. */
    public Answer send(String method, String path, HttpRequest.BodyPublisher body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT).method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            Map<String, String> received = new HashMap<>();
            response.headers().map().forEach((name, values) -> received.put(name, String.join(", ", values)));
            return new Answer(response.statusCode(), received, response.body());
        } catch (IOException e) {
            throw new AssertionError(method + " " + path + " got no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static int queued(Answer answer) {
        if (answer.status() != 200) {
            throw new AssertionError("not published: " + answer);
        }
        return answer.json().get("queued").asInt();
    }
}
