package relay.testing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 * A client that publishes on its socket, on one topic, until it is told to stop and has published enough to judge by. Whatever becomes of
 * its sockets, it sends each message again with the same key until that is answered: at any relay, and sometimes twice in any case. One
 * thread.
 */
public final class RetryingAuthor implements Callable<List<Sent>> {
    private static final Pattern OK = Pattern.compile("\\{\"ok\":\\{\"id\":\"[^\"]*-(\\d+)\"}}");
    private static final int KEEP_SECONDS = 600;
    private static final int PATIENCE_MILLIS = 3000;
    private static final int LONGEST_REST_MILLIS = 20;
    private static final int LEAST = 100;

    private final Relays relays;
    private final Relays ways;
    private final String topic;
    private final int user;
    private final Random random;
    private final int longestPauseMillis;
    private final CountDownLatch stop;
    private Optional<String> id = Optional.empty();
    private Optional<RawSocket> open = Optional.empty();

    /**
     * One that speaks.
     *
     * @param relays where it is registered
     * @param ways where it connects, which may be by way of something that does harm
     */
    public RetryingAuthor(
            Relays relays,
            Relays ways,
            String topic,
            int user,
            Random random,
            int longestPauseMillis,
            CountDownLatch stop) {
        this.relays = relays;
        this.ways = ways;
        this.topic = topic;
        this.user = user;
        this.random = random;
        this.longestPauseMillis = longestPauseMillis;
        this.stop = stop;
    }

    @Override
    public List<Sent> call() throws InterruptedException {
        List<Sent> sent = new ArrayList<>();
        try {
            while (!stop.await(random.nextInt(longestPauseMillis), TimeUnit.MILLISECONDS) || sent.size() < LEAST) {
                sent.add(say(topic + " " + sent.size()));
            }
            Sent end = say(RoamingClient.END + topic);
            while (end.answered().isEmpty()) {
                end = say(RoamingClient.END + topic);
            }
            sent.add(end);
            return sent;
        } finally {
            hangUp();
        }
    }

    /** Not answered if its registration was lost first, and its keys with that: nobody knows then whether it was published. */
    private Sent say(String text) throws InterruptedException {
        byte[] frame = RawSocket.text(
                "{\"publish\":{\"topic\":\"" + topic + "\",\"message\":\"" + text + "\",\"key\":\"" + text + "\"}}");
        boolean twice = random.nextInt(5) == 0;
        boolean tried = false;
        long beganAt = System.nanoTime();
        while (true) {
            if (open.isEmpty() && !connect() && tried) {
                return new Sent(text, topic, LossChecker.EVERYBODY, OptionalLong.empty(), beganAt);
            }
            if (open.isPresent()) {
                tried = true;
                OptionalLong answered = send(frame, twice, open.get());
                if (answered.isPresent()) {
                    return new Sent(text, topic, LossChecker.EVERYBODY, answered, beganAt);
                }
            } else {
                rest();
            }
        }
    }

    private OptionalLong send(byte[] frame, boolean twice, RawSocket socket) {
        try {
            socket.send(frame);
            if (twice) {
                socket.send(frame);
            }
            OptionalLong first = answer(socket);
            OptionalLong second = twice ? answer(socket) : first;
            if (first.isPresent() && second.isPresent() && !first.equals(second)) {
                throw new AssertionError("sent twice with its key, published as " + first + " and as " + second);
            }
            return first.isPresent() ? first : second;
        } catch (IOException cut) {
            hangUp();
            return OptionalLong.empty();
        }
    }

    /** Empty if it is to be sent again. */
    private OptionalLong answer(RawSocket socket) throws IOException {
        if (socket.isSilentFor(PATIENCE_MILLIS)) {
            throw new IOException("no answer");
        }
        RawSocket.Frame frame = socket.readFrameAnsweringPings();
        if (frame.opCode() == RawSocket.CLOSE) {
            throw new IOException("closed with " + frame.closeCode());
        }
        Matcher ok = OK.matcher(frame.text());
        if (ok.matches()) {
            return OptionalLong.of(Long.parseLong(ok.group(1)));
        }
        if (!frame.text().contains("\"unavailable\"")) {
            throw new AssertionError("neither published nor to be sent again: " + frame.text());
        }
        return OptionalLong.empty();
    }

    /** Whether its registration is still there, as far as is known. */
    private boolean connect() throws InterruptedException {
        OptionalInt port = ways.anyPort(random);
        if (id.isEmpty()) {
            id = register();
        }
        if (port.isEmpty() || id.isEmpty()) {
            return true;
        }
        try {
            RawSocket socket = RawSocket.connectReadingAhead(port.getAsInt());
            open = Optional.of(socket);
            String head =
                    socket.send(RawSocket.handshake(id.get() + "?format=json")).readHead();
            if (!head.startsWith("HTTP/1.1 101 ")) {
                hangUp();
            }
            if (head.startsWith("HTTP/1.1 404 ")) {
                id = Optional.empty();
                return false;
            }
        } catch (IOException cut) {
            hangUp();
        }
        return true;
    }

    private Optional<String> register() {
        OptionalInt port = relays.anyPort(random);
        if (port.isEmpty()) {
            return Optional.empty();
        }
        String registration = "{\"user_id\":" + user + ",\"topics\":[],\"publish\":[\"" + topic + "\"],\"keep\":"
                + KEEP_SECONDS + "}";
        try {
            Api.Answer answer = new Api(port.getAsInt()).post("/register", registration);
            return answer.status() == 200 ? Optional.of(answer.json().get("id").asText()) : Optional.empty();
        } catch (AssertionError noAnswer) {
            return Optional.empty();
        }
    }

    private void hangUp() {
        open.ifPresent(socket -> {
            try {
                socket.close();
            } catch (IOException gone) {
                // It is over in any case.
            }
        });
        open = Optional.empty();
    }

    private void rest() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_REST_MILLIS));
    }
}
