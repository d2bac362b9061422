package relay;

import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import relay.schedule.Ticker;
import relay.settings.Settings;
import relay.settings.SettingsReader;
import relay.testing.Api;

/** A whole relay in this process, on a free port of the loopback address. */
public final class TestRelay implements AutoCloseable {
    private final RelayServer server;
    private final Api api;

    private TestRelay(RelayServer server) {
        this.server = server;
        this.api = new Api(server.port());
    }

    /** Starts a relay with these flags beside {@code --port 0}. */
    public static TestRelay start(String... flags) {
        return start(Ticker.system(), flags);
    }

    /** Starts a relay that goes by a clock of the test's own. */
    public static TestRelay start(Ticker ticker, String... flags) {
        return start(ticker, InstantSource.system(), Map.of(), flags);
    }

    /** Starts a relay with these environment variables too. */
    public static TestRelay start(Map<String, String> environment, String... flags) {
        return start(Ticker.system(), InstantSource.system(), environment, flags);
    }

    /** Starts a relay that goes by the test's own clocks. */
    public static TestRelay start(
            Ticker ticker, InstantSource clock, Map<String, String> environment, String... flags) {
        return start(new RelayServer(options(environment, flags), ticker, clock));
    }

    /** Starts a relay to which a loopback address is like any other. */
    public static TestRelay startLimitingLoopback(Ticker ticker, String... flags) {
        return start(new RelayServer(options(Map.of(), flags), ticker, InstantSource.system(), address -> false));
    }

    private static Settings options(Map<String, String> environment, String... flags) {
        List<String> arguments = new ArrayList<>(List.of("--port", "0"));
        arguments.addAll(List.of(flags));
        return new SettingsReader(environment)
                .read(arguments.toArray(String[]::new))
                .orElseThrow()
                .settings();
    }

    private static TestRelay start(RelayServer server) {
        try {
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return new TestRelay(server);
    }

    /** Speaks HTTP to it. */
    public Api api() {
        return api;
    }

    public int port() {
        return server.port();
    }

    public URI socketUri(String id) {
        return URI.create("ws://127.0.0.1:" + port() + "/ws/" + id);
    }

    /** Stops as after SIGTERM. */
    public void drainAndStop() throws Exception {
        server.drainAndStop();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
