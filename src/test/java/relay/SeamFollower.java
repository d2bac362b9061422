package relay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;

/**
 * A client that goes away and back again and again, in place or by a new registration, and so sees the end of the past very often. One
 * thread.
 */
final class SeamFollower implements Callable<SeamFollower.Seen> {
    private static final Pattern SEQUENCE = Pattern.compile("\\{\"id\":\"(\\w+)-(\\d+)\".*");
    private static final int FRAMES = 200;
    private static final int MOST_BACK = 300;
    private static final int LONGEST_PAUSE_MILLIS = 300;

    private final TestRelay relay;
    private final Asks asks;
    private final int rounds;
    private final Random random;
    private final List<Stretch> stretches = new ArrayList<>();
    private String epoch = "";

    /** Whether the next message is the first of a stretch, wherever that begins. */
    private boolean begins = true;

    /**
     * What a follower asks for.
     *
     * @param topics names and patterns
     * @param catchesUp whether it pauses until its queue is full, and goes on from the history then
     */
    record Asks(List<String> topics, boolean catchesUp) {
        /** Whether the last so many messages are those of one log, or of one that is merged. */
        private boolean isOne() {
            return topics.size() == 1;
        }
    }

    /**
     * What came without a break.
     *
     * @param start the sequence that all of it has to come after
     */
    record Stretch(long start, List<Long> sequences) {
        private long last() {
            return sequences.isEmpty() ? start : sequences.get(sequences.size() - 1);
        }
    }

    /** What one follower saw, and how often it saw the past end. */
    record Seen(Asks asks, List<Stretch> stretches, int seams) {}

    /** @param rounds how often it is to see the past end */
    SeamFollower(TestRelay relay, Asks asks, int rounds, Random random) {
        this.relay = relay;
        this.asks = asks;
        this.rounds = rounds;
        this.random = random;
    }

    @Override
    public Seen call() throws IOException, InterruptedException {
        int done = 0;
        while (done < rounds) {
            Registered client = register();
            try (RawSocket socket = connect().upgrade(client.id() + "?format=json" + cursor())) {
                read(socket, FRAMES);
                done++;
                for (int i = random.nextInt(4); i > 0 && done < rounds; i--) {
                    if (random.nextInt(3) == 0) {
                        ask(client);
                    }
                    goBack(socket);
                    pause();
                    read(socket, FRAMES);
                    done++;
                }
            }
        }
        return new Seen(asks, stretches, done);
    }

    private Registered register() {
        String[] topics = asks.topics().toArray(String[]::new);
        return asks.catchesUp()
                ? relay.api().registerCatchingUp(1, 60, topics)
                : relay.api().register(1, topics);
    }

    private RawSocket connect() throws IOException {
        return asks.catchesUp()
                ? RawSocket.connectNarrowReadingAhead(relay.port())
                : RawSocket.connectReadingAhead(relay.port());
    }

    private void pause() throws InterruptedException {
        if (asks.catchesUp() && random.nextInt(3) == 0) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
        }
    }

    /** Where the next connection is to go on. */
    private String cursor() {
        return stretches.isEmpty() ? "" : "&after=" + epoch + "-" + now().last();
    }

    private Stretch now() {
        return stretches.get(stretches.size() - 1);
    }

    private void read(RawSocket socket, int count) throws IOException {
        for (int read = 0; read < count; read++) {
            note(next(socket));
        }
    }

    private void note(String frame) {
        Matcher matcher = SEQUENCE.matcher(frame);
        if (!matcher.matches()) {
            throw new AssertionError("not a message: " + frame);
        }
        epoch = matcher.group(1);
        long sequence = Long.parseLong(matcher.group(2));
        if (begins) {
            stretches.add(new Stretch(sequence - 1, new ArrayList<>()));
            begins = false;
        }
        now().sequences().add(sequence);
    }

    /** Its backend asks for what it has, and for something that never comes: it goes on as before. */
    private void ask(Registered client) {
        String topics = String.join("\",\"", asks.topics());
        Api.Answer answer = relay.api().patch("/register/" + client.id(), "{\"add\":[\"" + topics + "\",\"unheard\"]}");
        if (answer.status() != 200) {
            throw new AssertionError("not changed: " + answer);
        }
    }

    /** Asks for a part of the past once more, and reads up to where that begins. */
    private void goBack(RawSocket socket) throws IOException {
        int back = random.nextInt(MOST_BACK);
        boolean byCount = asks.isOne() && random.nextBoolean();
        long after = Math.max(0, now().last() - back);
        String start = byCount ? "\"last\":" + back : "\"after\":\"" + epoch + "-" + after + "\"";
        String topics = "\"" + String.join("\",\"", asks.topics()) + "\"";
        socket.send(RawSocket.text("{\"topics\":[" + topics + "]," + start + "}"));
        String frame = next(socket);
        while (!frame.startsWith("{\"ok\"")) {
            note(frame);
            frame = next(socket);
        }
        begins = byCount;
        if (!byCount) {
            stretches.add(new Stretch(after, new ArrayList<>()));
        }
    }

    private static String next(RawSocket socket) throws IOException {
        return socket.readFrameAnsweringPings().text();
    }
}
