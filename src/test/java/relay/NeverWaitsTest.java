package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Api;
import relay.testing.BlockingDetector;
import relay.testing.EventStreamReader;
import relay.testing.HangingFile;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/**
 * Nothing waits in a thread that serves everybody: every route and every kind of frame, while all that could be waited for
 * hangs.
 */
class NeverWaitsTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int ROUNDS = 10;

    @TempDir
    private Path folder;

    @Test
    void noRouteAndNoFrameWaitsWhileFilesAndKeyServersHang() throws Exception {
        Path keys = Files.writeString(folder.resolve("keys.txt"), "key");
        Path secret = Files.writeString(folder.resolve("secret.txt"), "x".repeat(32));
        try (ServerSocket keyServer = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestRelay relay = TestRelay.start(
                        "--api-keys-file",
                        keys.toString(),
                        "--jwt-jwks",
                        "http://127.0.0.1:" + keyServer.getLocalPort() + "/",
                        "--jwt-audience",
                        "relay",
                        "--jwt-secret-file",
                        secret.toString());
                HangingFile hanging = HangingFile.inPlaceOf(keys);
                HangingFile hangingSecret = HangingFile.inPlaceOf(secret);
                BlockingDetector watch = BlockingDetector.start()) {
            hanging.awaitReader();
            hangingSecret.awaitReader();
            for (int i = 0; i < ROUNDS; i++) {
                everyRoute(relay.api());
                everyFrame(relay.api(), relay.port());
            }
            assertThat(watch.seen()).isEmpty();
        }
    }

    /** Refuted by what it is for: one that cannot fail would prove nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"http-7", "fanout-0", "answers-1"})
    void whateverWaitsInSuchAThreadIsSeen(String name) throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (ServerSocket nobody = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            isSeen(name, () -> end.await(), end::countDown);
            isSeen(name, () -> new LinkedBlockingQueue<>().poll(1, TimeUnit.HOURS), () -> {});
            isSeen(name, () -> TimeUnit.HOURS.sleep(1), () -> {});
            Path file = Files.writeString(folder.resolve("file"), "");
            HangingFile fifo = HangingFile.inPlaceOf(file);
            isSeen(name, () -> Files.readString(file), () -> close(fifo));
            try (java.net.Socket silent =
                    new java.net.Socket(InetAddress.getLoopbackAddress(), nobody.getLocalPort())) {
                InputStream nothing = silent.getInputStream();
                isSeen(name, () -> nothing.read(), () -> close(silent));
            }
            aLockWhoseHolderWaitsIsSeen(name);
        }
    }

    @Test
    void aWorkerWithoutWorkIsNotSeen() throws Exception {
        try (TestRelay relay = TestRelay.start();
                BlockingDetector watch = BlockingDetector.start()) {
            for (int i = 0; i < ROUNDS; i++) {
                assertThat(relay.api().publish("cats", "hello")).isZero();
            }
            assertThat(watch.seen()).isEmpty();
        }
    }

    /** What a handler, an answer or a command might do. */
    private interface Waiting {
        void begin() throws Exception;
    }

    private static void isSeen(String name, Waiting waiting, Runnable end) throws InterruptedException {
        Thread thread = thread(name, waiting);
        try (BlockingDetector watch = BlockingDetector.start()) {
            await().atMost(LONG).until(() -> watch.seen().stream().anyMatch(where -> where.contains("NeverWaitsTest")));
        } finally {
            end.run();
            thread.interrupt();
            thread.join();
        }
    }

    private static void aLockWhoseHolderWaitsIsSeen(String name) throws InterruptedException {
        Object lock = new Object();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread holder = thread("holder", () -> {
            synchronized (lock) {
                held.countDown();
                end.await();
            }
        });
        held.await();
        isSeen(
                name,
                () -> {
                    synchronized (lock) {
                        end.await();
                    }
                },
                end::countDown);
        holder.join();
    }

    private static Thread thread(String name, Waiting waiting) {
        Thread thread = new Thread(
                () -> {
                    try {
                        waiting.begin();
                    } catch (Exception e) {
                        Thread.currentThread().interrupt();
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void close(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void everyRoute(Api api) {
        for (String path : List.of(
                "/health",
                "/ready",
                "/metrics",
                "/hook",
                "/topics",
                "/topics/cats",
                "/clients?user_id=1",
                "/openapi.json",
                "/asyncapi.json",
                "/",
                "/nowhere")) {
            get(api, path, "key");
        }
        String id = register(api, "key", "{\"user_id\":1,\"keep\":60}")
                .json()
                .get("id")
                .asText();
        assertThat(register(api, "e30.e30.e30", "{}").status()).isEqualTo(401);
        assertThat(register(api, TOKEN, "{}").status()).isEqualTo(503);
        assertThat(publish(api, "/publish/cats", "hello", "text/plain")).isEqualTo(200);
        assertThat(publish(api, "/publish?confirm=10ms", MESSAGE, "application/json"))
                .isEqualTo(200);
        assertThat(publish(api, "/publish", MESSAGE + "\n" + MESSAGE + "\n{", "application/x-ndjson"))
                .isEqualTo(200);
        api.send("POST", "/publish", MESSAGE, "Authorization", "Bearer key", "Idempotency-Key", "one");
        api.send("DELETE", "/register/" + id, "", "Authorization", "Bearer key");
        api.send("DELETE", "/clients?user_id=1", "", "Authorization", "Bearer key");
    }

    private static void everyFrame(Api api, int port) throws IOException {
        Api.Answer registered = register(api, "key", "{\"user_id\":2,\"topics\":[\"cats\"],\"keep\":60}");
        String id = registered.json().get("id").asText();
        try (TestSocket socket = TestSocket.open(registered.json().get("url").asText() + "?format=json")) {
            socket.subscribe("cats", "dogs");
            socket.sendBinary(new byte[10]);
            socket.send("ping");
            publish(api, "/publish?confirm=1s", MESSAGE, "application/json");
            socket.receive(2);
        }
        try (RawSocket socket = RawSocket.connect(port).upgrade(id)) {
            for (int i = 0; i < 200; i++) {
                socket.send(RawSocket.frame(0x80 | RawSocket.PING, "x".getBytes(StandardCharsets.UTF_8)));
            }
            assertThat(socket.readUntilClose()).isEqualTo(4429);
        }
        try (EventStreamReader events = EventStreamReader.open(port, id, "")) {
            publish(api, "/publish", MESSAGE, "application/json");
            events.next();
        }
    }

    private static final String MESSAGE = "{\"topic\":\"cats\",\"message\":\"hello\"}";

    /** Signed with ES256 by nobody: {@code {"alg":"ES256","kid":"x"}}. */
    private static final String TOKEN = "eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30." + "A".repeat(86);

    private static void get(Api api, String path, String key) {
        assertThat(api.sendAs(key, "GET", path).status()).as(path).isBetween(200, 404);
    }

    private static Api.Answer register(Api api, String credential, String body) {
        return api.postAs(credential, "/register", body);
    }

    private static int publish(Api api, String path, String body, String type) {
        return api.send("POST", path, body, "Content-Type", type, "Authorization", "Bearer key")
                .status();
    }
}
