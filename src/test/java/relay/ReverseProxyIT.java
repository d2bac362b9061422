package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import relay.schedule.Ticker;
import relay.settings.Settings;
import relay.settings.SettingsReader;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.DelayingProxy;
import relay.testing.ExternalProgram;
import relay.testing.RawSocket;
import relay.testing.ReverseProxy;
import relay.testing.TestCertificate;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** A relay behind nginx and HAProxy, each set up by the file that the project ships for it. */
class ReverseProxyIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private TestCertificate certificate;
    private SSLContext trusting;

    private enum Proxy {
        NGINX {
            @Override
            ReverseProxy start(Path folder, TestCertificate certificate, int relayPort) throws IOException {
                return ReverseProxy.nginx(folder, certificate, relayPort);
            }

            @Override
            ReverseProxy startInFastMotion(Path folder, TestCertificate certificate, int relayPort) throws IOException {
                return ReverseProxy.nginx(folder, certificate, relayPort, "keepalive_timeout 1s");
            }
        },
        HAPROXY {
            @Override
            ReverseProxy start(Path folder, TestCertificate certificate, int relayPort) throws IOException {
                return ReverseProxy.haProxy(folder, certificate, relayPort);
            }

            @Override
            ReverseProxy startInFastMotion(Path folder, TestCertificate certificate, int relayPort) throws IOException {
                return ReverseProxy.haProxy(folder, certificate, relayPort, "pool-purge-delay 83ms");
            }
        };

        abstract ReverseProxy start(Path folder, TestCertificate certificate, int relayPort) throws IOException;

        /** Keeps connections to the relay for a sixtieth of the time. */
        abstract ReverseProxy startInFastMotion(Path folder, TestCertificate certificate, int relayPort)
                throws IOException;
    }

    @BeforeEach
    void makeCertificate() throws Exception {
        certificate = TestCertificate.make(folder, "proxy");
        trusting = TestCertificate.trusting(certificate);
    }

    @ParameterizedTest
    @EnumSource
    void registeringReturnsAUrlOfTheProxyThatReceives(Proxy kind) throws IOException {
        try (TestRelay relay = start();
                ReverseProxy proxy = kind.start(folder, certificate, relay.port())) {
            Api api = new Api(proxy.port(), trusting);
            Registered client = api.register(1);
            assertThat(client.url()).startsWith("wss://127.0.0.1:" + proxy.port() + "/ws/");
            try (TestSocket socket = open(client.url())) {
                assertThat(api.publish("cats", "are awesome")).isEqualTo(1);
                assertThat(socket.receive()).isEqualTo("are awesome");
                socket.subscribe("dogs");
                assertThat(api.publish("dogs", "woof")).isEqualTo(1);
                assertThat(socket.receive()).isEqualTo("woof");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theForwardedHeadersOfAClientAreReplaced(Proxy kind) throws IOException {
        try (TestRelay relay = TestRelay.startLimitingLoopback(
                        Ticker.system(),
                        "--trusted-proxies",
                        "127.0.0.1",
                        "--open",
                        "--max-registrations-per-second",
                        "1");
                ReverseProxy proxy = kind.start(folder, certificate, relay.port())) {
            Api api = new Api(proxy.port(), trusting);
            for (int i = 0; i < 5; i++) {
                Answer answer = api.send(
                        "POST",
                        "/register",
                        "{\"user_id\":1}",
                        "Content-Type",
                        "application/json",
                        "X-Forwarded-For",
                        "203.0.113.7",
                        "X-Forwarded-Host",
                        "evil.example",
                        "X-Forwarded-Proto",
                        "http",
                        "X-Forwarded-Port",
                        "1",
                        "Forwarded",
                        "for=203.0.113.7;host=evil.example;proto=http");
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(answer.json().get("url").asText()).startsWith("wss://127.0.0.1:" + proxy.port() + "/ws/");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneUrlAndThePastOfATopicArePassedOnAndALongPollIsAnsweredByWhatComes(Proxy kind) throws Exception {
        try (TestRelay relay = start();
                ReverseProxy proxy = kind.start(folder, certificate, relay.port())) {
            Api api = new Api(proxy.port(), trusting);
            String last =
                    api.get("/topics/cats/messages?last=0").json().get("next").asText();
            CompletableFuture<Answer> poll =
                    CompletableFuture.supplyAsync(() -> api.get("/topics/cats/messages?wait=20s&after=" + last));
            HttpResponse<InputStream> stream = http().send(
                            HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + proxy.port() + "/sse?topic=cats"))
                                    .build(),
                            BodyHandlers.ofInputStream());
            try (TestSocket socket = open("wss://127.0.0.1:" + proxy.port() + "/ws?topic=cats&topic=dogs");
                    BufferedReader lines =
                            new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
                assertThat(api.publish("cats", "are awesome")).isEqualTo(2);
                assertThat(socket.receive()).isEqualTo("are awesome");
                assertThat(nextData(lines)).isEqualTo("are awesome");
                assertThat(poll.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                                .json()
                                .at("/messages/0/message"))
                        .isEqualTo(TestJson.text("are awesome"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatItLogsHasNoCredential(Proxy kind) throws IOException {
        try (TestRelay relay = start();
                ReverseProxy proxy = kind.start(folder, certificate, relay.port())) {
            Api api = new Api(proxy.port(), trusting);
            Registered client = api.register(1);
            api.get("/ws/" + client.id());
            api.get("/sse?topic=cats&format=xml&token=s3cr3t");
            api.get("/topics/cats/messages?token=s3cr3t");
            api.delete("/register/" + client.id());
            await().until(() -> proxy.output().contains("DELETE /register"));
            assertThat(proxy.output())
                    .contains("GET /ws", "GET /sse", "GET /topics", "POST /register")
                    .doesNotContain("s3cr3t", client.id(), client.id().substring(0, 8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void eventsArriveWhileTheStreamGoesOn(Proxy kind) throws Exception {
        try (TestRelay relay = start();
                ReverseProxy proxy = kind.start(folder, certificate, relay.port())) {
            Registered client = relay.api().register(1);
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("https://127.0.0.1:" + proxy.port() + "/sse/" + client.id()))
                    .build();
            HttpResponse<InputStream> response = http().send(request, BodyHandlers.ofInputStream());
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
                for (String message : new String[] {"first", "second"}) {
                    await().until(() -> relay.api().publish("cats", message) == 1);
                    CompletableFuture<String> line = CompletableFuture.supplyAsync(() -> nextData(lines));
                    assertThat(line.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(message);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachLineOfNdjsonIsPublishedWhileTheRequestGoesOn(Proxy kind) throws Exception {
        try (TestRelay relay = start();
                ReverseProxy proxy = kind.start(folder, certificate, relay.port());
                TestSocket socket = TestSocket.open(relay.api().register(1).url());
                RawSocket publisher = RawSocket.connectByTls(proxy.port(), trusting)) {
            publisher.send("""
                    POST /publish HTTP/1.1\r
                    Host: localhost\r
                    Connection: close\r
                    Content-Type: application/x-ndjson\r
                    Transfer-Encoding: chunked\r
                    \r
                    """);
            for (String message : new String[] {"first", "second"}) {
                String line = "{\"topic\":\"cats\",\"message\":\"" + message + "\"}\n";
                publisher.send(Integer.toHexString(line.length()) + "\r\n" + line + "\r\n");
                assertThat(socket.receive()).isEqualTo(message);
            }
            publisher.send("0\r\n\r\n");
            assertThat(publisher.readAll()).startsWith("HTTP/1.1 200 ").contains("\"accepted\":2");
        }
    }

    @ParameterizedTest
    @EnumSource
    void duringADrainNewClientsGet503AndOthersAreClosedWith1001(Proxy kind) throws Exception {
        try (TestRelay relay = start("--drain", "8s");
                ReverseProxy proxy = kind.start(folder, certificate, relay.port());
                RawSocket answersNoClose = RawSocket.connect(relay.port())) {
            Api api = new Api(proxy.port(), trusting);
            answersNoClose.upgrade(api.register(3).id());
            TestSocket first = open(api.register(1).url());
            TestSocket last = open(api.register(2).url());
            CompletableFuture<Void> drain = CompletableFuture.runAsync(() -> {
                try {
                    relay.drainAndStop();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            await().atMost(TIMEOUT).until(() -> api.get("/ready").status() == 503);
            assertThat(api.post("/register", "{\"user_id\":1}").status()).isEqualTo(503);
            assertThat(first.closeCode()).isEqualTo(1001);
            assertThat(last.closeCode()).isEqualTo(1001);
            answersNoClose.reset();
            drain.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRelaySetUpAsTheGuideSaysIsClosedToStrangersAndOpenToItsKeys(Proxy kind) throws Exception {
        List<String> keys = followTheGuide();
        try (TestRelay relay = TestRelay.start(
                        "--config", folder.resolve("relay.properties").toString());
                ReverseProxy proxy = kind.start(folder, certificate, relay.port())) {
            Api outside = new Api(proxy.port(), trusting);
            assertThat(stranger(outside, "POST", "/register", "{\"user_id\":1}"))
                    .isEqualTo(401);
            assertThat(stranger(outside, "POST", "/publish/cats", "x")).isEqualTo(401);
            assertThat(stranger(outside, "DELETE", "/register/x", "")).isEqualTo(401);
            for (String path : List.of(
                    "/clients",
                    "/clients?user_id=1",
                    "/clients/",
                    "/%63lients",
                    "//clients",
                    "/register/../clients",
                    "/ws/..%2fclients",
                    "/topics",
                    "/topics/cats",
                    "/topics/cats%2Fmessages",
                    "/topics/cats%2fmessages?after=/messages",
                    "/topics//messages/",
                    "/metrics",
                    "/",
                    "/console/console.js")) {
                for (String method : List.of("GET", "DELETE", "POST")) {
                    assertThat(stranger(outside, method, path, ""))
                            .as(method + " " + path)
                            .isIn(400, 404, 405);
                    assertThat(withKey(keys.get(1), outside, method, path, "").status())
                            .as(method + " " + path)
                            .isIn(400, 404, 405);
                }
            }
            assertThat(stranger(relay.api(), "GET", "/clients", "")).isEqualTo(401);
            assertThat(stranger(relay.api(), "DELETE", "/clients?user_id=1", ""))
                    .isEqualTo(401);
            assertThat(stranger(relay.api(), "GET", "/metrics", "")).isEqualTo(401);
            Answer registered = withKey(keys.get(0), outside, "POST", "/register", "{\"user_id\":1}");
            assertThat(registered.status()).as(registered.body()).isEqualTo(200);
            try (TestSocket socket = open(registered.json().get("url").asText())) {
                assertThat(withKey(keys.get(0), outside, "POST", "/publish/cats", "are awesome")
                                .status())
                        .isEqualTo(200);
                assertThat(socket.receive()).isEqualTo("are awesome");
                assertThat(withKey(keys.get(0), relay.api(), "GET", "/clients", "")
                                .status())
                        .isEqualTo(403);
                Answer clients = withKey(keys.get(1), relay.api(), "GET", "/clients", "");
                assertThat(clients.json().at("/clients/0/user_id").asInt()).isEqualTo(1);
            }
            assertThat(outside.get("/health").status()).isEqualTo(200);
            assertThat(outside.get("/relay.js").status()).isEqualTo(200);
        }
    }

    /** What is sent on a connection as its other end closes it is lost: with a long line between the two that is often. */
    @ParameterizedTest
    @EnumSource
    void publishesOverConnectionsThatWereIdleAreAllAnswered(Proxy kind) throws Exception {
        int atOnce = 50;
        Duration sixtieth = defaults().httpIdleTimeout().dividedBy(60);
        try (TestRelay relay = start("--http-idle-timeout", sixtieth.toMillis() + "ms");
                DelayingProxy line = new DelayingProxy(relay.port(), Duration.ofMillis(15));
                ReverseProxy proxy = kind.startInFastMotion(folder, certificate, line.port())) {
            HttpClient http = http();
            // A relay that is cold may be too late for HAProxy's first look at it.
            await().atMost(TIMEOUT)
                    .until(() -> relay.api().get("/ready").status() == 200
                            && publish(http, proxy.port()).get() == 200);
            // nginx keeps them for one second, the relay for three.
            for (int pause : new int[] {0, 990, 1000, 1010, (int) sixtieth.toMillis()}) {
                List<CompletableFuture<Integer>> statuses = new ArrayList<>();
                for (int i = 0; i < atOnce; i++) {
                    CompletableFuture<Integer> status = new CompletableFuture<Void>()
                            .completeOnTimeout(null, pause + i, TimeUnit.MILLISECONDS)
                            .thenCompose(due -> publish(http, proxy.port()));
                    statuses.add(status);
                }
                for (CompletableFuture<Integer> status : statuses) {
                    assertThat(status.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                            .as("after " + pause + " ms")
                            .isEqualTo(200);
                }
            }
        }
    }

    private static CompletableFuture<Integer> publish(HttpClient http, int port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/publish/cats"))
                .POST(HttpRequest.BodyPublishers.ofString("are awesome"))
                .build();
        return http.sendAsync(request, BodyHandlers.discarding()).thenApply(HttpResponse::statusCode);
    }

    /** Does what Operating says, with this folder in the place of /etc/relay and the relay's group; returns the keys. */
    private List<String> followTheGuide() throws Exception {
        String guide = Files.readString(Path.of("src/site/markdown/operating.md"));
        String commands = Pattern.compile("(?m)^(install|printf) .*/etc/relay/.*$")
                .matcher(guide)
                .results()
                .map(found ->
                        found.group().replace("/etc/relay", folder.toString()).replace("-g relay ", ""))
                .collect(Collectors.joining("\n"));
        assertThat(commands).contains("relay.properties", "openssl rand");
        ExternalProgram.run("bash", "-euo", "pipefail", "-c", commands);
        Path settings = folder.resolve("relay.properties");
        Files.writeString(settings, Files.readString(settings).replace("/etc/relay", folder.toString()));
        Path keys = folder.resolve("keys");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
                .isEqualTo("rw-r-----");
        return Files.readAllLines(keys).stream()
                .map(line -> line.replaceFirst(":.*", ""))
                .toList();
    }

    /** What a request gets that says that it is from somewhere in the world, and has no key. */
    private static int stranger(Api api, String method, String path, String body) {
        return api.send(
                        method,
                        path,
                        body,
                        "X-Forwarded-For",
                        "203.0.113.7",
                        "X-Forwarded-Host",
                        "localhost",
                        "Content-Type",
                        "application/json")
                .status();
    }

    private static Answer withKey(String key, Api api, String method, String path, String body) {
        return api.send(method, path, body, "Authorization", "Bearer " + key, "Content-Type", "application/json");
    }

    @Test
    void theirTimeoutsAreLongerThanTwoPingIntervals() throws IOException {
        String nginx = Files.readString(Path.of("src/main/deploy/nginx/relay.conf"));
        String haProxy = Files.readString(Path.of("src/main/deploy/haproxy/relay.cfg"));
        long least = 2 * defaults().pingInterval().toSeconds();
        assertThat(seconds(nginx, "proxy_(?:read|send)_timeout (\\d+)s;"))
                .hasSize(2)
                .allMatch(time -> time > least);
        assertThat(seconds(haProxy, "timeout (?:client|server|tunnel) (\\d+)s"))
                .hasSize(3)
                .allMatch(time -> time > least);
    }

    @Test
    void theyCloseIdleConnectionsLongBeforeTheRelayDoes() throws IOException {
        String nginx = Files.readString(Path.of("src/main/deploy/nginx/relay.conf"));
        String haProxy = Files.readString(Path.of("src/main/deploy/haproxy/relay.cfg"));
        long relay = defaults().httpIdleTimeout().toSeconds();
        assertThat(seconds(nginx, " keepalive_timeout (\\d+)s;")).hasSize(1).allMatch(time -> time + 15 <= relay);
        assertThat(seconds(haProxy, "pool-purge-delay (\\d+)s")).hasSize(1).allMatch(time -> 10 * time <= relay);
    }

    private static Settings defaults() {
        return new SettingsReader(Map.of()).read().orElseThrow().settings();
    }

    private static List<Long> seconds(String text, String form) {
        return Pattern.compile(form)
                .matcher(text)
                .results()
                .map(found -> Long.valueOf(found.group(1)))
                .toList();
    }

    private static TestRelay start(String... flags) {
        String[] all = new String[flags.length + 3];
        all[0] = "--trusted-proxies";
        all[1] = "127.0.0.1";
        all[2] = "--open";
        System.arraycopy(flags, 0, all, 3, flags.length);
        return TestRelay.start(all);
    }

    private HttpClient http() {
        return HttpClient.newBuilder().sslContext(trusting).build();
    }

    private TestSocket open(String url) {
        return TestSocket.open(url, trusting);
    }

    private static String nextData(BufferedReader lines) {
        try {
            String line = lines.readLine();
            while (line != null && !line.startsWith("data:")) {
                line = lines.readLine();
            }
            return line == null ? "the end" : line.substring("data:".length()).strip();
        } catch (IOException e) {
            return e.toString();
        }
    }
}
