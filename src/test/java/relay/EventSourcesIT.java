package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Chromium;
import relay.testing.CuttableProxy;
import relay.testing.EventStreamReader;
import relay.testing.ExternalProgram;
import relay.testing.NpmPackages;

/** The event sources that there are, in a page of another origin and in a program, come back and miss nothing. */
class EventSourcesIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern MESSAGE = Pattern.compile("< (.*)");

    @TempDir
    private static Path profile;

    private static NpmPackages packages;
    private static Chromium chromium;

    private final List<AutoCloseable> running = new ArrayList<>();
    private final Map<Source, String> clients = new EnumMap<>(Source.class);
    private TestRelay relay;
    private CuttableProxy line;
    private ExternalProgram program;

    /** Each with what opens it in a page: it calls {@code opened}, gives {@code take} what comes, and ends at a {@code signal}. */
    private enum Source {
        CHROMIUM("""
                const source = new EventSource(url);
                source.onopen = opened;
                source.onmessage = event => take(event.data);
                signal.onabort = () => source.close();"""),
        POLYFILL("""
                const source = new polyfill.EventSourcePolyfill(url, {headers: {'Cache-Control': 'no-cache'}});
                source.onopen = opened;
                source.onmessage = event => take(event.data);
                signal.onabort = () => source.close();"""),
        FETCH("""
                fetching.fetchEventSource(url, {
                    headers: {traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'},
                    openWhenHidden: true,
                    signal,
                    async onopen(response) {
                        if (!response.ok) throw new Error(response.status);
                        opened();
                    },
                    // All events are alike to it.
                    onmessage({event, data}) { if (event !== 'close') take(data); },
                    // It takes the end of a stream for the end of its work.
                    onclose() { throw new Error('come back'); }
                });"""),
        /** npm's eventsource, in a program. */
        PROGRAM("");

        private final String opening;

        Source(String opening) {
            this.opening = opening;
        }

        boolean isInAPage() {
            return this != PROGRAM;
        }
    }

    @BeforeAll
    static void startTheBrowser() {
        packages = NpmPackages.installed();
        chromium = Chromium.start(profile);
        loadModule("polyfill", "event-source-polyfill/src/eventsource.js");
        loadModule("parsing", "@microsoft/fetch-event-source/lib/cjs/parse.js");
        loadModule("fetching", "@microsoft/fetch-event-source/lib/cjs/fetch.js");
    }

    @AfterAll
    static void endTheBrowser() {
        if (chromium != null) {
            chromium.close();
        }
    }

    @BeforeEach
    void openAll() {
        relay = run(TestRelay.start("--ping-interval", "500ms"));
        line = run(CuttableProxy.to(relay.port()));
        for (Source source : Source.values()) {
            clients.put(source, relay.api().registerKept(1, 60, "cats").id());
        }
        chromium.evaluate("globalThis.received = {}; globalThis.ending = new AbortController(); null");
        inPages().forEach(this::open);
        program = run(openInAProgram());
        program.awaitThat(() -> program.output().contains("opened"));
    }

    @AfterEach
    void endAllThatRuns() throws Exception {
        chromium.evaluate("ending.abort()");
        for (int i = running.size() - 1; i >= 0; i--) {
            running.get(i).close();
        }
    }

    @Test
    void allComeBackAfterACutAndReceiveWhatTheyMissed() {
        publish(1, 20);
        line.cut();
        publish(21, 40);
        line.mend();
        publish(41, 60);
        assertThatAllReceive(60);
    }

    @Test
    void allComeBackAfterACutThatTheRelayDidNotNoticeAndReceiveWhatTheyMissed() {
        publish(1, 20);
        line.cutUnnoticed();
        publish(21, 40);
        line.mend();
        publish(41, 60);
        assertThatAllReceive(60);
    }

    /** Twice, since a library may come back otherwise from what it has come back to. */
    @Test
    void allComeBackFromStreamsThatAnotherEndedAndReceiveWhatTheyMissed() throws IOException {
        publish(1, 20);
        replaceAll();
        publish(21, 40);
        assertThatAllReceive(40);
        replaceAll();
        publish(41, 60);
        assertThatAllReceive(60);
    }

    /** The relay has no cookies, and lets a browser give a page nothing that might depend on some. */
    @Test
    void withCredentialsAPageOfAnotherOriginIsGivenNothing() {
        assertThat(chromium.evaluate("""
                new Promise(done => {
                    const source = new EventSource('%s', {withCredentials: true});
                    source.onopen = () => done('open');
                    source.onerror = () => done(source.readyState === EventSource.CLOSED ? 'closed' : 'again');
                })""".formatted(url(Source.CHROMIUM))).asText())
                .isEqualTo("closed");
    }

    private <T extends AutoCloseable> T run(T started) {
        running.add(started);
        return started;
    }

    private static List<Source> inPages() {
        return Arrays.stream(Source.values()).filter(Source::isInAPage).toList();
    }

    /** As node would, for one that asks for no other than the one before. */
    private static void loadModule(String name, String file) {
        chromium.evaluate("""
                {
                    const module = {exports: {}};
                    ((module, exports, require) => {%s
                    })(module, module.exports, () => globalThis.parsing);
                    globalThis.%s = module.exports;
                }""".formatted(packages.text(file), name));
    }

    private void open(Source source) {
        chromium.evaluate("""
                new Promise(opened => {
                    const url = '%s';
                    received.%2$s = [];
                    const take = text => received.%2$s.push(text);
                    const signal = AbortSignal.any([ending.signal]);
                    %3$s
                })""".formatted(url(source), source, source.opening));
    }

    private ExternalProgram openInAProgram() {
        String script = """
                const {EventSource} = require('eventsource');
                const source = new EventSource(process.argv[1]);
                source.onopen = () => console.log('opened');
                source.onmessage = event => console.log('< ' + event.data);
                """;
        Map<String, String> withPackages = Map.of("NODE_PATH", packages.folder().toString());
        return ExternalProgram.start(withPackages, "/usr/bin/node", "--eval", script, url(Source.PROGRAM));
    }

    private String url(Source source) {
        return "http://127.0.0.1:" + line.port() + "/sse/" + clients.get(source);
    }

    /** Opens the URL of each: its stream then ends as HTTP has it. */
    private void replaceAll() throws IOException {
        for (String id : clients.values()) {
            try (EventStreamReader other = EventStreamReader.open(relay.port(), id, "")) {
                assertThat(other.head()).startsWith("HTTP/1.1 200");
            }
        }
    }

    private void publish(int from, int to) {
        numbered(from, to).forEach(message -> relay.api().publish("cats", message));
    }

    private static List<String> numbered(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "message " + i).toList();
    }

    private void assertThatAllReceive(int last) {
        for (Source source : Source.values()) {
            await().atMost(TIMEOUT)
                    .untilAsserted(
                            () -> assertThat(received(source)).as(source.name()).isEqualTo(numbered(1, last)));
        }
    }

    private List<String> received(Source source) {
        if (source.isInAPage()) {
            return chromium.evaluateToTexts("received." + source);
        }
        return MESSAGE.matcher(program.output())
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}
