package relay.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Registers clients over several connections at once. For one thread, which waits meanwhile. */
final class Registration {
    private static final int MAX_CONNECTIONS = 8;
    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"\\\\]+)\"");

    private final Target target;
    private final IntFunction<String> topicOf;

    /** @param topicOf the topic of the client with that number */
    Registration(Target target, IntFunction<String> topicOf) {
        this.target = target;
        this.topicOf = topicOf;
    }

    /**
     * Registers the clients from one number up to another, and returns their ids.
     *
     * @throws IOException if one was refused; the message says why
     */
    List<String> register(int from, int to) throws IOException, InterruptedException {
        String[] ids = new String[to - from];
        int connections = Math.min(MAX_CONNECTIONS, ids.length);
        ExecutorService threads = Executors.newCachedThreadPool(BenchThreads.named("register"));
        try {
            List<Future<?>> shares = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                int first = from + i;
                shares.add(threads.submit(() -> {
                    registerShare(first, connections, from, ids);
                    return first;
                }));
            }
            for (Future<?> share : shares) {
                share.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
        return Arrays.asList(ids);
    }

    private void registerShare(int first, int step, int from, String[] ids) throws IOException {
        try (HttpConnection http = HttpConnection.open(target)) {
            for (int number = first; number < from + ids.length; number += step) {
                byte[] request = request(number);
                http.write(request, 0, request.length);
                HttpConnection.Answer answer = http.read();
                Matcher id = ID.matcher(answer.body());
                if (!answer.isOk() || !id.find()) {
                    throw new IOException("POST /register was answered with " + answer);
                }
                ids[number - from] = id.group(1);
            }
        }
    }

    private byte[] request(int number) {
        String body = "{\"user_id\":\"bench-" + number + "\",\"topics\":[\"" + topicOf.apply(number) + "\"]}";
        String head = target.requestHead("POST", "/register") + "Content-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n";
        return (head + body).getBytes(StandardCharsets.US_ASCII);
    }
}
