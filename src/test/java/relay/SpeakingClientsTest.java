package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api.Answer;
import relay.testing.RedisServer;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** Clients publish: with each engine, and where they and others go on somewhere else. */
@Timeout(120)
class SpeakingClientsTest {
    @TempDir
    private static Path folder;

    @Nested
    class InMemory extends Speaking {
        @Override
        List<String> engine() {
            return List.of();
        }

        @Override
        TestRelay elsewhere() {
            return relay;
        }
    }

    /** Elsewhere is a relay on a copy of the data, made without stopping the first: as if that had been killed. */
    @Nested
    class OnDisk extends Speaking {
        @Override
        List<String> engine() throws IOException {
            return List.of("--data", Files.createTempDirectory(folder, "data").toString());
        }

        @Override
        TestRelay elsewhere() throws IOException {
            Path copy = Files.createTempDirectory(folder, "copy");
            try (Stream<Path> files = Files.list(Path.of(flags.get(1)))) {
                for (Path file : files.toList()) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
            return start(List.of("--data", copy.toString()));
        }
    }

    /** Elsewhere is another relay of the group. */
    @Nested
    class InRedis extends Speaking {
        private final RedisServer server = RedisServer.start();

        @Override
        List<String> engine() {
            return List.of("--engine", server.url());
        }

        @Override
        TestRelay elsewhere() {
            return start(flags);
        }

        @AfterEach
        void stopServer() {
            server.close();
        }

        @Test
        void authorsAndReadersOnTwoRelaysShareTheOneOrder() throws Exception {
            assertOneOrder(List.of(relay, elsewhere()));
        }
    }

    /** What is the same with each engine. */
    abstract static class Speaking {
        private static final String KEYED = "{\"publish\":{\"topic\":\"talk\",\"message\":\"once\",\"key\":\"k\"}}";

        private final List<TestRelay> started = new ArrayList<>();
        List<String> flags;
        TestRelay relay;

        abstract List<String> engine() throws IOException;

        /** Where clients go on that were at the relay. */
        abstract TestRelay elsewhere() throws IOException;

        @BeforeEach
        void start() throws IOException {
            flags = engine();
            relay = start(flags);
        }

        @AfterEach
        void stop() {
            started.forEach(TestRelay::close);
        }

        TestRelay start(List<String> with) {
            TestRelay one = TestRelay.start(with.toArray(String[]::new));
            started.add(one);
            one.api().awaitReady();
            return one;
        }

        @Test
        void aMessageSaysFromWhomItIsLiveAndInThePastAndElsewhere() throws IOException {
            String live;
            try (TestSocket reader = open(relay, register("{'user_id':1,'topics':['talk']}"));
                    TestSocket author =
                            open(relay, register("{'user_id':'ann, \\n☃','topics':[],'publish':['talk'],'keep':60}"))) {
                author.send("{\"publish\":{\"topic\":\"talk\",\"message\":{\"a\": 1}}}");
                live = reader.receive();
                assertThat(TestJson.parse(author.receive()).at("/ok/id").asText())
                        .isEqualTo(TestJson.parse(live).get("id").asText());
            }
            assertThat(TestJson.parse(live).get("from").asText()).isEqualTo("ann, \n☃");
            assertThat(TestJson.parse(live).get("message").asText()).isEqualTo("{\"a\": 1}");
            TestRelay elsewhere = elsewhere();
            for (TestRelay one : List.of(relay, elsewhere)) {
                JsonNode page = one.api().get("/topics/talk/messages?since=all").json();
                assertThat(page.get("messages")).containsExactly(TestJson.parse(live));
            }
            String late = elsewhere.socketUri("").toString().replaceFirst("/$", "?topic=talk&since=all&format=json");
            try (TestSocket reader = TestSocket.open(late)) {
                assertThat(reader.receive()).isEqualTo(live);
            }
        }

        @Test
        void whoDoesNotHearTheAnswerSendsTheSameElsewhereAndItStaysOneMessage() throws IOException {
            String author = register("{'user_id':1,'topics':[],'publish':['talk'],'keep':60}");
            String reader = register("{'user_id':2,'topics':['talk'],'keep':60}");
            String first;
            try (TestSocket hears = open(relay, reader)) {
                TestSocket socket = open(relay, author);
                socket.send(KEYED);
                first = TestJson.parse(hears.receive()).get("id").asText();
                socket.abort();
            }
            TestRelay elsewhere = elsewhere();
            try (TestSocket socket = open(elsewhere, author)) {
                socket.send(KEYED);
                assertThat(socket.receive()).isEqualTo("{\"ok\":{\"id\":\"" + first + "\"}}");
                socket.send(KEYED.replace("once", "twice"));
                assertThat(TestJson.parse(socket.receive()).at("/error/code").asText())
                        .isEqualTo("conflict");
                socket.send(KEYED.replace("\"k\"", "\"l\""));
                assertThat(TestJson.parse(socket.receive()).at("/ok/id").asText())
                        .isNotEqualTo(first);
            }
            JsonNode page =
                    elsewhere.api().get("/topics/talk/messages?since=all").json();
            assertThat(page.get("messages")).hasSize(2);
        }

        @Test
        void whatTheRegistrationAllowsHoldsElsewhere() throws IOException {
            String author = register("{'user_id':1,'topics':[],'publish':['talk.*','a'],'keep':60}");
            String silent = register("{'user_id':1,'topics':[],'keep':60}");
            open(relay, author).close();
            TestRelay elsewhere = elsewhere();
            try (TestSocket socket = open(elsewhere, author);
                    TestSocket nothing = open(elsewhere, silent)) {
                socket.send("{\"publish\":{\"topic\":\"talk.b\",\"message\":1}}");
                assertThat(socket.receive()).contains("\"ok\"");
                socket.send("{\"publish\":{\"topic\":\"b\",\"message\":1}}");
                assertThat(socket.receive()).contains("not_allowed", "talk.*");
                nothing.send("{\"publish\":{\"topic\":\"a\",\"message\":1}}");
                assertThat(nothing.receive()).contains("not_allowed");
            }
        }

        @Test
        void everybodyHearsAllOfThemInOneOrder() throws Exception {
            assertOneOrder(List.of(relay));
        }

        /** Authors speak as fast as they may, all at once, and a backend does: every reader gets it all, in the same order. */
        void assertOneOrder(List<TestRelay> relays) throws Exception {
            int authors = 8;
            int messages = 60;
            List<TestSocket> readers = IntStream.range(0, 6)
                    .mapToObj(i -> open(relays.get(i % relays.size()), register("{'user_id':99,'topics':['talk']}")))
                    .toList();
            ExecutorService threads = Executors.newFixedThreadPool(authors + 1);
            try {
                List<Future<List<String>>> speaking = new ArrayList<>();
                for (int i = 0; i < authors; i++) {
                    int author = i;
                    TestRelay at = relays.get(i % relays.size());
                    speaking.add(threads.submit(() -> speak(at, author, messages)));
                }
                Future<List<String>> backend = threads.submit(() -> IntStream.range(0, messages)
                        .mapToObj(i -> relays.get(0).api().publishForId("talk", "backend " + i))
                        .toList());
                Map<String, String> texts = new HashMap<>();
                for (int i = 0; i < authors; i++) {
                    List<String> ids = speaking.get(i).get();
                    for (int j = 0; j < messages; j++) {
                        texts.put(ids.get(j), i + " " + j);
                    }
                }
                for (int j = 0; j < messages; j++) {
                    texts.put(backend.get().get(j), "backend " + j);
                }
                assertThat(texts).hasSize((authors + 1) * messages);
                for (TestSocket reader : readers) {
                    assertHeard(reader.receive(texts.size()), texts);
                }
            } finally {
                threads.shutdownNow();
                readers.forEach(TestSocket::close);
            }
        }

        /** Returns the ids, in the order of what was said. */
        private List<String> speak(TestRelay at, int author, int messages) {
            List<String> ids = new ArrayList<>();
            try (TestSocket socket = open(at, register("{'user_id':" + author + ",'topics':[],'publish':['talk']}"))) {
                for (int i = 0; i < messages; i++) {
                    socket.send("{\"publish\":{\"topic\":\"talk\",\"message\":\"" + author + " " + i + "\"}}");
                }
                for (int i = 0; i < messages; i++) {
                    ids.add(TestJson.parse(socket.receive()).at("/ok/id").asText());
                }
            }
            assertThat(ids.stream().map(Speaking::sequence)).isSorted();
            return ids;
        }

        private static void assertHeard(List<String> envelopes, Map<String, String> texts) {
            List<JsonNode> heard = envelopes.stream().map(TestJson::parse).toList();
            assertThat(heard.stream().map(one -> sequence(one.get("id").asText())))
                    .isSorted()
                    .doesNotHaveDuplicates();
            for (JsonNode one : heard) {
                String text = one.get("message").asText();
                assertThat(texts.get(one.get("id").asText())).isEqualTo(text);
                assertThat(one.path("from").asText("backend")).isEqualTo(text.split(" ", -1)[0]);
            }
        }

        private static long sequence(String id) {
            return Long.parseLong(id.substring(id.indexOf('-') + 1));
        }

        String register(String quoted) {
            Answer answer = relay.api().post("/register", quoted.replace('\'', '"'));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            return answer.json().get("id").asText();
        }

        static TestSocket open(TestRelay at, String id) {
            return TestSocket.open(at.socketUri(id) + "?format=json");
        }
    }
}
