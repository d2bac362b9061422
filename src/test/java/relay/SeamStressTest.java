package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.testing.RawPublisher;
import relay.testing.RawSocket;

/**
 * The boundary between what is replayed and what is new, while publishers publish as fast as they can. Nothing else is
 * published, so a client that misses nothing and gets nothing twice sees every sequence number, one after the other.
 */
class SeamStressTest {
    private static final Logger LOG = LoggerFactory.getLogger(SeamStressTest.class);
    private static final Pattern SEQUENCE = Pattern.compile("\\{\"id\":\"(\\w+)-(\\d+)\".*");
    private static final int CLIENTS = 8;
    private static final int PUBLISHERS = 4;
    private static final int ROUNDS = 60;
    private static final int FRAMES = 200;

    /** What one client saw. */
    private record Seen(long frames, int seams, int faults) {}

    @ParameterizedTest(name = "{0} fan-out threads")
    @ValueSource(ints = {1, 3})
    @Timeout(120)
    void nothingIsMissingAndNothingComesTwiceWhereThePastEnds(int fanoutThreads) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Seen> seen = new ArrayList<>();
        try (TestRelay relay = TestRelay.start(
                "--fanout-threads",
                String.valueOf(fanoutThreads),
                "--history-messages",
                "1000000",
                "--max-frames-per-second",
                "100000")) {
            List<Future<Integer>> publishers = new ArrayList<>();
            for (int i = 0; i < PUBLISHERS; i++) {
                publishers.add(threads.submit(() -> publish(relay.port(), stop)));
            }
            List<Future<Seen>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Random random = new Random(i);
                clients.add(threads.submit(() -> follow(relay, random)));
            }
            for (Future<Seen> client : clients) {
                seen.add(client.get());
            }
            stop.set(true);
            for (Future<Integer> publisher : publishers) {
                publisher.get();
            }
        } finally {
            stop.set(true);
            threads.shutdownNow();
        }
        LOG.warn("{} threads: {}", fanoutThreads, seen);
        assertThat(seen).allSatisfy(client -> assertThat(client.faults()).isZero());
        assertThat(seen.stream().mapToInt(Seen::seams).sum()).isEqualTo(CLIENTS * ROUNDS);
    }

    private static int publish(int port, AtomicBoolean stop) throws IOException {
        int published = 0;
        try (RawPublisher connection = new RawPublisher(port)) {
            while (!stop.get()) {
                connection.publish("{\"topic\":\"seam\",\"message\":\"x\"}");
                published++;
            }
        }
        return published;
    }

    private static Seen follow(TestRelay relay, Random random) throws IOException {
        Follower follower = new Follower();
        int rounds = 0;
        while (rounds < ROUNDS) {
            String id = relay.api().register(1, "seam").id() + "?format=json" + follower.cursor();
            try (RawSocket socket = RawSocket.connectReadingAhead(relay.port()).upgrade(id)) {
                follower.read(socket, FRAMES);
                rounds++;
                for (int i = random.nextInt(4); i > 0 && rounds < ROUNDS; i--) {
                    follower.goBack(socket, random);
                    follower.read(socket, FRAMES);
                    rounds++;
                }
            }
        }
        return new Seen(follower.frames, rounds, follower.faults);
    }

    private static final class Follower {
        private String epoch = "";
        private long last = -1;
        private long frames;
        private int faults;

        /** Where the next connection is to go on. */
        String cursor() {
            return last < 0 ? "" : "&after=" + epoch + "-" + last;
        }

        void read(RawSocket socket, int count) throws IOException {
            for (int read = 0; read < count; read++) {
                long sequence = sequence(socket.readFrame().text());
                faults += last < 0 || sequence == last + 1 ? 0 : 1;
                last = sequence;
                frames++;
            }
        }

        /** Asks for a part of the past once more, and reads up to where that begins. */
        void goBack(RawSocket socket, Random random) throws IOException {
            int back = random.nextInt(300);
            boolean byCount = random.nextBoolean();
            String start =
                    byCount ? "\"last\":" + back : "\"after\":\"" + epoch + "-" + Math.max(0, last - back) + "\"";
            socket.send(RawSocket.text("{\"topics\":[\"seam\"]," + start + "}"));
            String frame = socket.readFrame().text();
            while (!frame.startsWith("{\"ok\"")) {
                long sequence = sequence(frame);
                faults += sequence == last + 1 ? 0 : 1;
                last = sequence;
                frame = socket.readFrame().text();
            }
            last = byCount ? -1 : sequenceAsked(start);
        }

        private static long sequenceAsked(String start) {
            return Long.parseLong(start.substring(start.lastIndexOf('-') + 1, start.length() - 1));
        }

        private long sequence(String frame) {
            Matcher matcher = SEQUENCE.matcher(frame);
            if (!matcher.matches()) {
                throw new AssertionError("not a message: " + frame);
            }
            epoch = matcher.group(1);
            return Long.parseLong(matcher.group(2));
        }
    }
}
