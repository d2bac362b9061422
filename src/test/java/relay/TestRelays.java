package relay;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** Several relays in this process that act as one, by an engine that they share. */
public final class TestRelays implements AutoCloseable {
    private final List<TestRelay> relays;

    private TestRelays(List<TestRelay> relays) {
        this.relays = relays;
    }

    /** Starts so many relays with these flags, and waits until all take clients. */
    public static TestRelays start(int count, String engine, String... flags) {
        String[] all =
                Stream.concat(Stream.of("--engine", engine), Stream.of(flags)).toArray(String[]::new);
        TestRelays started = new TestRelays(new ArrayList<>());
        try {
            IntStream.range(0, count).forEach(i -> started.relays.add(TestRelay.start(all)));
            started.awaitReady();
            return started;
        } catch (RuntimeException | Error e) {
            started.close();
            throw e;
        }
    }

    /** Waits until all take clients. */
    public void awaitReady() {
        relays.forEach(relay -> relay.api().awaitReady());
    }

    public TestRelay relay(int number) {
        return relays.get(number);
    }

    public Api api(int number) {
        return relay(number).api();
    }

    /** A client's socket at one of the relays, wherever it was registered. */
    public String url(int number, Registered client) {
        return relay(number).socketUri(client.id()).toString();
    }

    public TestSocket open(int number, Registered client) {
        return TestSocket.open(url(number, client));
    }

    public TestSocket openEnvelopes(int number, Registered client) {
        return TestSocket.open(url(number, client) + "?format=json");
    }

    public List<TestRelay> all() {
        return Collections.unmodifiableList(relays);
    }

    @Override
    public void close() {
        relays.forEach(TestRelay::close);
    }
}
