package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.DeliveryChecker.Session;
import relay.testing.RestlessSubscriber;
import relay.testing.TestSocket;

/** Topics and clients are listed while clients come, ask for other topics and go: whoever stays is listed, and once. */
class AdminChurnTest {
    private static final Logger LOG = LoggerFactory.getLogger(AdminChurnTest.class);
    private static final List<String> TOPICS = List.of("ants", "bees", "cats", "dogs", "emus", "foxes");
    private static final int RESTLESS = 12;
    private static final int STEADY = 20;
    private static final int USER = 1;
    private static final int LISTINGS = 40;

    @ParameterizedTest(name = "{0} fan-out threads")
    @ValueSource(ints = {1, 3})
    @Timeout(60)
    void whoeverStaysIsListedOnceWhileOthersComeAndGo(int fanoutThreads) throws Exception {
        long seed = System.nanoTime();
        CountDownLatch stop = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(RESTLESS);
        try (TestRelay relay =
                TestRelay.start("--fanout-threads", "" + fanoutThreads, "--max-frames-per-second", "100000")) {
            List<String> steadyClients = new ArrayList<>();
            List<String> steadyTopics = new ArrayList<>();
            for (int i = 0; i < STEADY; i++) {
                steadyTopics.add("beetle" + i);
                steadyClients.add(relay.api().register(USER, "beetle" + i).id().substring(0, 8));
            }
            List<Future<List<Session>>> restless = new ArrayList<>();
            for (int i = 0; i < RESTLESS; i++) {
                restless.add(threads.submit(
                        new RestlessSubscriber(relay.api(), relay.port(), USER, TOPICS, new Random(seed + i), stop)));
            }
            try (TestSocket bystander =
                    TestSocket.open(relay.api().register(2, "bystander").url())) {
                for (int i = 0; i < LISTINGS; i++) {
                    assertThat(list(relay, "/clients?limit=3", "clients", "id"))
                            .as("seed %d", seed)
                            .doesNotHaveDuplicates()
                            .containsAll(steadyClients);
                    assertThat(list(relay, "/clients?limit=3&user_id=" + USER, "clients", "id"))
                            .as("seed %d", seed)
                            .doesNotHaveDuplicates()
                            .containsAll(steadyClients);
                    assertThat(list(relay, "/topics?limit=3", "topics", "topic"))
                            .as("seed %d", seed)
                            .doesNotHaveDuplicates()
                            .isSorted()
                            .containsAll(steadyTopics);
                    assertThat(relay.api().publish("bystander", "message " + i)).isEqualTo(1);
                    assertThat(bystander.receive()).isEqualTo("message " + i);
                }
            }
            stop.countDown();
            int sessions = 0;
            for (Future<List<Session>> done : restless) {
                sessions += done.get().size();
            }
            LOG.warn("seed {}: {} sessions during {} listings of each kind", seed, sessions, LISTINGS);
            assertThat(sessions).isGreaterThan(RESTLESS);
        } finally {
            stop.countDown();
            threads.shutdownNow();
        }
    }

    private static List<String> list(TestRelay relay, String path, String things, String name) {
        List<String> listed = new ArrayList<>();
        String after = "";
        JsonNode next;
        do {
            JsonNode page = relay.api().get(path + after).json();
            page.get(things).forEach(thing -> listed.add(thing.get(name).asText()));
            assertThat(listed).doesNotHaveDuplicates();
            next = page.path("next");
            after = "&after=" + next.asText();
        } while (!next.isMissingNode());
        return listed;
    }
}
