package relay.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import relay.testing.LossChecker.Sent;

/**
 * Publishes NDJSON on one topic, one request after the other, until it is told to stop; then the last message of the
 * topic, which is to be accepted. It knows no ids, and of requests without an answer nothing. One thread.
 */
public final class StreamingPublisher implements Callable<List<Sent>> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int LONGEST_PAUSE_MILLIS = 40;
    private static final int LONGEST_REST_MILLIS = 200;
    private static final int MOST_LINES = 100;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Relays relays;
    private final String topic;
    private final Random random;
    private final CountDownLatch stop;
    private final List<Sent> sent = new ArrayList<>();
    private final Set<String> accepted = new HashSet<>();

    public StreamingPublisher(Relays relays, String topic, Random random, CountDownLatch stop) {
        this.relays = relays;
        this.topic = topic;
        this.random = random;
        this.stop = stop;
    }

    @Override
    public List<Sent> call() throws InterruptedException {
        while (!stop.await(random.nextInt(LONGEST_PAUSE_MILLIS), TimeUnit.MILLISECONDS)) {
            int lines = 1 + random.nextInt(MOST_LINES);
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < lines; i++) {
                texts.add(topic + " " + (sent.size() + i));
            }
            send(texts);
        }
        String end = RoamingClient.END + topic;
        send(List.of(end));
        if (!accepted.contains(end)) {
            throw new AssertionError("not accepted: " + end);
        }
        return sent;
    }

    /** The texts of which it was told that they were accepted. To be asked for when it is done. */
    public Set<String> accepted() {
        return accepted;
    }

    private void send(List<String> texts) throws InterruptedException {
        StringBuilder body = new StringBuilder();
        long beganAt = System.nanoTime();
        for (String text : texts) {
            sent.add(new Sent(text, topic, LossChecker.EVERYBODY, OptionalLong.empty(), beganAt));
            body.append("{\"topic\":\"")
                    .append(topic)
                    .append("\",\"message\":\"")
                    .append(text)
                    .append("\"}\n");
        }
        OptionalInt port = relays.anyPort(random);
        if (port.isEmpty()) {
            return;
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.getAsInt() + "/publish"))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofString(body.toString()))
                .build();
        try {
            noteAccepted(texts, http.send(request, BodyHandlers.ofString()));
        } catch (IOException noAnswer) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_REST_MILLIS));
        }
    }

    private void noteAccepted(List<String> texts, HttpResponse<String> response) {
        if (response.statusCode() == 200) {
            JsonNode summary = TestJson.parse(response.body());
            Set<String> all = new HashSet<>(texts);
            for (JsonNode error : summary.path("errors")) {
                all.remove(texts.get(error.get("line").asInt() - 1));
            }
            if (all.size() != summary.get("accepted").asInt()) {
                throw new AssertionError("its counts contradict its errors: " + response.body());
            }
            accepted.addAll(all);
        } else if (response.statusCode() != 503) {
            throw new AssertionError("neither accepted nor refused: " + response.statusCode() + " " + response.body());
        }
    }
}
