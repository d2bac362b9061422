package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;

/** The signals that mean something else than the end. */
class SignalsIT {
    /** Whoever runs the tests may have SIGHUP ignored, as by nohup, and their children with them. */
    private static final String HEEDS_SIGHUP = "exec env --default-signal=HUP \"$0\" \"$@\"";

    @TempDir
    private Path folder;

    @Test
    void sighupEndsNothingAndHasTheRestReadAgain() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), "first\n");
        Path settings = Files.writeString(folder.resolve("settings"), "log-level = info\ndrain = 1h\n");
        try (RelayProcess relay = RelayProcess.startAfter(
                        HEEDS_SIGHUP,
                        "--port",
                        "0",
                        "--config",
                        settings.toString(),
                        "--api-keys-file",
                        keys.toString());
                RawSocket socket = RawSocket.connect(relay.port()).upgrade(register(relay, "first"))) {
            relay.signal("USR1");
            relay.awaitLog(Pattern.compile("SIGUSR1: nothing to do"));
            Files.writeString(keys, "second\n");
            Files.writeString(settings, "log-level = debug\ndrain = 2h\nmax-topics = 7\n");
            relay.signal("HUP");
            relay.awaitLog(Pattern.compile("SIGHUP: .*log-level is DEBUG; a restart is needed for drain, max-topics"));
            await().until(() -> send(relay, "second", "GET", "/topics", "").status() == 200);
            Files.writeString(settings, "drain = soon\n");
            relay.signal("HUP");
            relay.awaitLog(Pattern.compile("WARN .*SIGHUP: .*settings:1"));
            assertThat(send(relay, "second", "POST", "/publish/cats", "still here")
                            .json()
                            .get("queued")
                            .asInt())
                    .isEqualTo(1);
            relay.terminate();
            relay.awaitLog(Pattern.compile("going away"));
            relay.signal("HUP");
            assertThat(socket.readUntilClose()).isEqualTo(1001);
            socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, new byte[] {1001 >> 8, (byte) 1001}));
            assertThat(relay.exitStatus()).isZero();
        }
    }

    @Test
    void whereTheJvmKeepsTheSignalsToItselfTheRelayServesAllTheSame() {
        try (RelayProcess relay = RelayProcess.startWith(List.of("-Xrs"), "--port", "0")) {
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            assertThat(relay.out()).contains("-Xrs", "not drain on SIGTERM", "nor read anything again on SIGHUP");
        }
    }

    private static String register(RelayProcess relay, String key) {
        String url = send(relay, key, "POST", "/register", "{\"user_id\":1}")
                .json()
                .get("url")
                .asText();
        return url.substring(url.lastIndexOf('/') + 1);
    }

    private static Answer send(RelayProcess relay, String key, String method, String path, String body) {
        return relay.api()
                .send(method, path, body, "Authorization", "Bearer " + key, "Content-Type", "application/json");
    }
}
