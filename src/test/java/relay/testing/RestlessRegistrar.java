package relay.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Registers clients, has some of them connect and leave, and deletes some of them, until it is told to stop; looks at earlier ones all
 * the while: what was answered stays so. One thread.
 */
public final class RestlessRegistrar implements Callable<RestlessRegistrar.Verdict> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int LONGEST_PAUSE_MILLIS = 30;
    private static final int EXAMPLES = 10;
    private static final int KEEP_SECONDS = 3600;

    /** What is known of a registration. */
    private enum State {
        THERE,
        /** Its deletion was not answered, or it may have ended with its first connection. */
        UNKNOWN,
        DELETED
    }

    /**
     * What was found.
     *
     * @param lost registrations that were answered, not deleted, and unknown
     * @param undone registrations whose deletion was answered, and that were still known
     */
    public record Verdict(int registered, int deleted, int looks, int lost, int undone, List<String> examples) {
        /** Whether nothing is wrong. */
        public boolean isClean() {
            return lost + undone == 0;
        }
    }

    private static final class One {
        final String id;
        final boolean kept;
        State state = State.THERE;

        One(String id, boolean kept) {
            this.id = id;
            this.kept = kept;
        }
    }

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Relays relays;
    private final List<String> topics;
    private final Random random;
    private final CountDownLatch stop;
    private final List<One> all = new ArrayList<>();
    private final List<String> examples = new ArrayList<>();
    private int deleted;
    private int looks;
    private int lost;
    private int undone;

    public RestlessRegistrar(Relays relays, List<String> topics, Random random, CountDownLatch stop) {
        this.relays = relays;
        this.topics = List.copyOf(topics);
        this.random = random;
        this.stop = stop;
    }

    /** Ends with a look at all of them, for which a relay is to run. */
    @Override
    public Verdict call() throws InterruptedException {
        while (!stop.await(random.nextInt(LONGEST_PAUSE_MILLIS), TimeUnit.MILLISECONDS)) {
            int action = all.isEmpty() ? 0 : random.nextInt(8);
            if (action < 4) {
                register();
            } else if (action < 6) {
                delete(all.get(random.nextInt(all.size())));
            } else {
                look(all.get(random.nextInt(all.size())));
            }
        }
        int looksBefore = looks;
        for (One one : all) {
            look(one);
        }
        if (looks - looksBefore < all.size()) {
            throw new AssertionError("the relay did not answer at the end");
        }
        return new Verdict(all.size(), deleted, looks, lost, undone, examples);
    }

    private void register() throws InterruptedException {
        String topic = topics.get(random.nextInt(topics.size()));
        int keep = random.nextInt(4) == 0 ? 0 : KEEP_SECONDS;
        String body =
                "{\"user_id\":" + random.nextInt(1 << 20) + ",\"keep\":" + keep + ",\"topics\":[\"" + topic + "\"]}";
        Answer answer = send("POST", "/register", body);
        if (answer.status() == 200) {
            One one = new One(TestJson.parse(answer.body()).get("id").asText(), keep > 0);
            all.add(one);
            if (one.kept && random.nextInt(3) == 0) {
                look(one);
            }
        }
    }

    private void delete(One one) throws InterruptedException {
        Answer answer = send("DELETE", "/register/" + one.id, "");
        if (answer.status() == 200) {
            one.state = State.DELETED;
            deleted++;
        } else if (one.state == State.THERE) {
            one.state = State.UNKNOWN;
        }
    }

    /** Connects, and leaves again. */
    private void look(One one) {
        OptionalInt port = relays.anyPort(random);
        if (port.isEmpty()) {
            return;
        }
        try (RawSocket socket = RawSocket.connect(port.getAsInt())) {
            String head = socket.send(RawSocket.handshake(one.id)).readHead();
            boolean known = head.startsWith("HTTP/1.1 101 ");
            if (!known && !head.startsWith("HTTP/1.1 404 ")) {
                return;
            }
            looks++;
            if (known && one.state == State.DELETED) {
                undone++;
                example("still known: " + one.id);
            } else if (!known && one.state == State.THERE) {
                lost++;
                example("unknown: " + one.id);
            }
        } catch (IOException noAnswer) {
            return;
        } finally {
            if (!one.kept && one.state == State.THERE) {
                one.state = State.UNKNOWN;
            }
        }
    }

    private record Answer(int status, String body) {}

    private Answer send(String method, String path, String body) throws InterruptedException {
        OptionalInt port = relays.anyPort(random);
        if (port.isEmpty()) {
            return new Answer(0, "");
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.getAsInt() + path))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200 && response.statusCode() != 503) {
                throw new AssertionError(method + " " + path + ": " + response.statusCode() + " " + response.body());
            }
            return new Answer(response.statusCode(), response.body());
        } catch (IOException noAnswer) {
            return new Answer(0, "");
        }
    }

    private void example(String fault) {
        if (examples.size() < EXAMPLES) {
            examples.add(fault);
        }
    }
}
