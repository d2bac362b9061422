package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.SpeakingPair.Ear;
import relay.SpeakingPair.Story;
import relay.testing.Api;
import relay.testing.PairsChecker;
import relay.testing.PairsChecker.Author;
import relay.testing.PairsChecker.Heard;
import relay.testing.PairsChecker.Listener;
import relay.testing.PairsChecker.Verdict;
import relay.testing.RawSocket;
import relay.testing.RedisServer;
import relay.testing.TestJson;

/**
 * Pairs of clients, one of which speaks to the other, while one client floods and a backend changes registrations: everybody but the one
 * that floods is heard, in order and as who it is. {@code -Drelay.pairs=500 -Drelay.pairs.messages=600 -Drelay.pairs.each.second=20} is a
 * large run, whose clients want a machine of several cores to themselves: on a small one its times are theirs, not the relay's.
 */
@Timeout(value = 600)
class SpeakingPairsTest {
    private static final Logger LOG = LoggerFactory.getLogger(SpeakingPairsTest.class);
    private static final int PAIRS = Integer.getInteger("relay.pairs", 40);
    private static final int MESSAGES = Integer.getInteger("relay.pairs.messages", 50);
    private static final int EACH_SECOND = Integer.getInteger("relay.pairs.each.second", 50);
    /** What those that are in time do not come near, however late they are read. */
    private static final String[] FLAGS = {"--max-frames-per-second", "400", "--fanout-threads", "2"};

    private static final int PAUSE_OF_BACKEND_MILLIS = 5;
    private static final String LAST = "that was the flood";

    @Test
    void inMemoryEverybodyIsHeardButTheOneThatFloods() throws Exception {
        try (TestRelay relay = TestRelay.start(FLAGS)) {
            assertEverybodyIsHeard("memory", List.of(relay));
        }
    }

    @Test
    void onDiskEverybodyIsHeardButTheOneThatFloods(@TempDir Path folder) throws Exception {
        try (TestRelay relay = TestRelay.start("--data", folder.toString(), FLAGS[0], FLAGS[1])) {
            relay.api().awaitReady();
            assertEverybodyIsHeard("disk", List.of(relay));
        }
    }

    @Test
    void atTwoRelaysEverybodyIsHeardButTheOneThatFloods() throws Exception {
        try (RedisServer server = RedisServer.start();
                TestRelays relays = TestRelays.start(2, server.url(), FLAGS)) {
            assertEverybodyIsHeard("two relays", relays.all());
        }
    }

    private static void assertEverybodyIsHeard(String where, List<TestRelay> relays) throws Exception {
        CountDownLatch stop = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        List<SpeakingPair> pairs = new ArrayList<>();
        List<Author> authors = new ArrayList<>();
        List<Listener> listeners = new ArrayList<>();
        List<Long> nanos = new ArrayList<>();
        int closed;
        try (RawSocket flooded = SpeakingPair.open(
                relays.get(0),
                SpeakingPair.register(
                        relays.get(0).api(),
                        "{\"user_id\":\"flooded\",\"topics\":[\"" + FloodingClient.TOPIC + "\"]}"))) {
            for (int i = 0; i < PAIRS; i++) {
                pairs.add(new SpeakingPair(
                        i, MESSAGES, relays.get(i % relays.size()), relays.get((i + 1) % relays.size())));
            }
            Future<FloodingClient.Story> flooding =
                    threads.submit(new FloodingClient(relays.get(relays.size() - 1), stop));
            Future<Listener> hearingFlood = threads.submit(() -> hearFlood(flooded));
            Future<Integer> changing = threads.submit(() -> change(pairs, relays, stop));
            for (Story story : speak(pairs, threads, stop)) {
                authors.add(story.author());
                listeners.addAll(story.listeners());
                nanos.addAll(story.nanos());
            }
            stop.countDown();
            LOG.warn("{} changes meanwhile", changing.get());
            FloodingClient.Story flood = flooding.get();
            relays.get(0).api().publish(FloodingClient.TOPIC, LAST);
            closed = flood.closed();
            authors.add(flood.author());
            listeners.add(hearingFlood.get());
        } finally {
            stop.countDown();
            for (SpeakingPair pair : pairs) {
                pair.close();
            }
            threads.shutdownNow();
        }
        Verdict verdict = PairsChecker.check(authors, listeners);
        nanos.sort(null);
        LOG.warn(
                "{}: {} pairs, p50 {} ms, p99 {} ms; who floods was closed {} times and has said {}; {}",
                where,
                PAIRS,
                millis(nanos, 0.5),
                millis(nanos, 0.99),
                closed,
                listeners.get(listeners.size() - 1).heard().size(),
                verdict);
        assertThat(verdict).isEqualTo(new Verdict(verdict.owed(), 0, 0, 0, 0, 0, List.of()));
        assertThat(verdict.owed()).isGreaterThan(PAIRS * MESSAGES);
        assertThat(closed).as("how often who floods was closed with 4429").isPositive();
    }

    private static List<Story> speak(List<SpeakingPair> pairs, ExecutorService threads, CountDownLatch stop)
            throws Exception {
        List<Future<Ear>> own = new ArrayList<>();
        List<Future<Ear>> others = new ArrayList<>();
        List<Future<?>> speaking = new ArrayList<>();
        for (SpeakingPair pair : pairs) {
            own.add(threads.submit(pair::hearAnswers));
            others.add(threads.submit(pair::hear));
        }
        for (SpeakingPair pair : pairs) {
            speaking.add(threads.submit(() -> pair.speak(EACH_SECOND, stop)));
        }
        for (Future<?> done : speaking) {
            done.get();
        }
        List<Story> stories = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            stories.add(pairs.get(i).story(own.get(i).get(), others.get(i).get()));
        }
        return stories;
    }

    private static Listener hearFlood(RawSocket socket) throws IOException {
        List<Heard> heard = new ArrayList<>();
        while (true) {
            Heard next = SpeakingPair.heard(TestJson.parse(SpeakingPair.textOf(socket.readFrameAnsweringPings())));
            if (next.text().equals(LAST)) {
                return new Listener("listener of the flood", FloodingClient.TOPIC, heard);
            }
            heard.add(next);
        }
    }

    private static int change(List<SpeakingPair> pairs, List<TestRelay> relays, CountDownLatch stop)
            throws InterruptedException {
        Random random = new Random(1);
        int changes = 0;
        while (!stop.await(PAUSE_OF_BACKEND_MILLIS, TimeUnit.MILLISECONDS)) {
            Api api = relays.get(random.nextInt(relays.size())).api();
            pairs.get(random.nextInt(pairs.size())).change(api, random);
            changes++;
        }
        return changes;
    }

    private static double millis(List<Long> sorted, double part) {
        return sorted.get((int) (part * (sorted.size() - 1))) / 1e6;
    }
}
