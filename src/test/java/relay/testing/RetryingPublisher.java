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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.testing.LossChecker.Sent;

/**
 * Publishes on one topic to whichever relay answers, until it is told to stop and has published enough to judge by. Most
 * messages it sends again with the same {@code Idempotency-Key} until they are accepted; of the others it does not know
 * whether they were, if no answer came. One thread.
 */
public final class RetryingPublisher implements Callable<List<Sent>> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Pattern ANSWER = Pattern.compile("\\{\"id\":\"[^\"]*-(\\d+)\".*");
    private static final int LONGEST_PAUSE_MILLIS = 20;
    private static final int LEAST = 100;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Relays relays;
    private final String topic;
    private final int users;
    private final Random random;
    private final CountDownLatch stop;
    private final Map<String, Keyed> keyed = new LinkedHashMap<>();

    /** A request with a key, and the answer that it got. */
    public record Keyed(String key, String body, String answer) {}

    /** @param users how many users some of the messages are for */
    public RetryingPublisher(Relays relays, String topic, int users, Random random, CountDownLatch stop) {
        this.relays = relays;
        this.topic = topic;
        this.users = users;
        this.random = random;
        this.stop = stop;
    }

    @Override
    public List<Sent> call() throws InterruptedException {
        List<Sent> sent = new ArrayList<>();
        while (!stop.await(random.nextInt(LONGEST_PAUSE_MILLIS), TimeUnit.MILLISECONDS) || sent.size() < LEAST) {
            int user = random.nextInt(4) == 0 ? random.nextInt(users) : LossChecker.EVERYBODY;
            sent.add(send(topic + " " + sent.size(), user, random.nextInt(5) > 0));
        }
        sent.add(send(RoamingClient.END + topic, LossChecker.EVERYBODY, true));
        return sent;
    }

    /** What it sent with a key, all of which was answered in the end. To be asked for when it is done. */
    public List<Keyed> keyed() {
        return List.copyOf(keyed.values());
    }

    private Sent send(String text, int user, boolean sure) throws InterruptedException {
        long beganAt = System.nanoTime();
        OptionalLong answered = attempt(text, user, sure);
        while (sure && answered.isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
            answered = attempt(text, user, true);
        }
        return new Sent(text, topic, user, answered, beganAt);
    }

    private OptionalLong attempt(String text, int user, boolean sure) throws InterruptedException {
        OptionalInt port = relays.anyPort(random);
        if (port.isEmpty()) {
            return OptionalLong.empty();
        }
        String body = body(text, user);
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port.getAsInt() + "/publish"))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
        String key = text.replace(' ', '-');
        if (sure) {
            request.header("Idempotency-Key", key);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            OptionalLong accepted = accepted(response);
            if (sure && accepted.isPresent()) {
                keyed.put(key, new Keyed(key, body, response.body()));
            }
            return accepted;
        } catch (IOException noAnswer) {
            return OptionalLong.empty();
        }
    }

    private String body(String text, int user) {
        String recipient = user == LossChecker.EVERYBODY ? "null" : String.valueOf(user);
        return "{\"topic\":\"" + topic + "\",\"user_id\":" + recipient + ",\"message\":\"" + text + "\"}";
    }

    private static OptionalLong accepted(HttpResponse<String> response) {
        Matcher answer = ANSWER.matcher(response.body());
        if (response.statusCode() == 200 && answer.matches()) {
            return OptionalLong.of(Long.parseLong(answer.group(1)));
        }
        if (response.statusCode() != 503) {
            throw new AssertionError("neither accepted nor refused: " + response.statusCode() + " " + response.body());
        }
        return OptionalLong.empty();
    }
}
