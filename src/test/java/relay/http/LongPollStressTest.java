package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.Api.Answer;

/**
 * Whoever polls, goes on after {@code next}, and polls again, gets every message once and in order, while publishers publish: waits begin
 * and end at every moment of a publish. What was published is known from the answers to the publishers alone.
 */
@Timeout(120)
class LongPollStressTest {
    private static final int PUBLISHERS = 3;
    private static final int MESSAGES = 500;
    private static final int POLLERS = 8;
    private static final int USERS = 2;

    /** Of each message that was published by its sequence: for whom it is; 0: for everybody. */
    private final Map<Long, Integer> published = new ConcurrentHashMap<>();

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger waited = new AtomicInteger();

    private record Read(int user, List<Long> sequences, int gaps) {}

    @Test
    void everyMessageComesOnceAlongNext() throws Exception {
        try (TestRelay relay = TestRelay.start("--history-messages", "100000")) {
            check(relay);
        }
    }

    @Test
    void andAlsoWhereTheyAreOnDiskOnly(@TempDir Path data) throws Exception {
        try (TestRelay relay = TestRelay.start(
                "--history-messages",
                "100000",
                "--data",
                data.toString(),
                "--data-sync",
                "none",
                "--history-bytes",
                "4KiB")) {
            check(relay);
        }
    }

    private void check(TestRelay relay) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            String first =
                    relay.api().get("/topics/cats/messages").json().get("next").asText();
            List<Future<Read>> pollers = new ArrayList<>();
            for (int i = 0; i < POLLERS; i++) {
                int seed = i;
                pollers.add(threads.submit(() -> follow(relay.api(), first, seed)));
            }
            List<Future<?>> publishers = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                int seed = i;
                publishers.add(threads.submit(() -> publish(relay.api(), new Random(seed))));
            }
            for (Future<?> publisher : publishers) {
                publisher.get();
            }
            over.set(true);
            TreeMap<Long, Integer> inOrder = new TreeMap<>(published);
            assertThat(inOrder).hasSizeGreaterThan(PUBLISHERS * MESSAGES / 2);
            for (Future<Read> poller : pollers) {
                Read read = poller.get();
                assertThat(read.gaps()).isZero();
                assertThat(read.sequences())
                        .isEqualTo(inOrder.entrySet().stream()
                                .filter(one -> one.getValue() == 0 || one.getValue() == read.user())
                                .map(Map.Entry::getKey)
                                .toList());
            }
            assertThat(waited.get()).isGreaterThan(POLLERS);
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }

    private void publish(Api api, Random random) {
        for (int i = 0; i < MESSAGES; i++) {
            int user = random.nextInt(USERS + 1);
            String topic = random.nextInt(4) == 0 ? "dogs" : "cats";
            String to = "/publish/" + topic + (user == 0 ? "" : "?user_id=" + user);
            Answer answer = api.post(to, "x".repeat(random.nextInt(20)));
            assertThat(answer.status()).isEqualTo(200);
            if (topic.equals("cats")) {
                published.put(sequence(answer.json().get("id").asText()), user);
            }
        }
    }

    private Read follow(Api api, String first, int seed) {
        Random random = new Random(seed);
        int user = seed % (USERS + 1);
        List<Long> sequences = new ArrayList<>();
        int gaps = 0;
        String next = first;
        while (true) {
            boolean ends = over.get();
            String wait = ends ? "0s" : random.nextInt(30) + "ms";
            Answer answer = api.get("/topics/cats/messages?wait=" + wait + "&limit=" + (1 + random.nextInt(20))
                    + (user == 0 ? "" : "&user_id=" + user) + "&after=" + next);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            for (JsonNode message : answer.json().get("messages")) {
                sequences.add(sequence(message.get("id").asText()));
            }
            gaps += answer.json().has("gap") ? 1 : 0;
            next = answer.json().get("next").asText();
            boolean empty = answer.json().get("messages").isEmpty();
            waited.addAndGet(empty ? 1 : 0);
            if (ends && empty) {
                return new Read(user, sequences, gaps);
            }
        }
    }

    private static long sequence(String id) {
        return Long.parseLong(id.substring(id.indexOf('-') + 1));
    }
}
