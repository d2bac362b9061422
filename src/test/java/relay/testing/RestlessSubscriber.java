package relay.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import relay.testing.Api.Registered;
import relay.testing.DeliveryChecker.Period;
import relay.testing.DeliveryChecker.Received;
import relay.testing.DeliveryChecker.Session;

/**
 * A subscriber that comes, asks for other topics again and again, goes in one of three ways and comes back, until it is
 * told to stop. It reads in bursts, so the relay has to queue for it. One thread.
 */
public final class RestlessSubscriber implements Callable<List<Session>> {
    private static final int NORMAL_CLOSURE = 1000;
    private static final int DELETED = 4404;
    private static final int LONGEST_PAUSE_MILLIS = 150;
    private static final int MOST_COMMANDS = 6;

    /** What a text begins with that tells a subscriber of several relays how far it is. */
    private static final String SETTLED = "settled ";

    private final List<Place> places;
    private final int user;
    private final List<String> allTopics;
    private final Random random;
    private final CountDownLatch stop;

    /** A relay. */
    public record Place(Api api, int port) {}

    /** @param stop what it looks at to know whether to go on, and waits for when it pauses */
    public RestlessSubscriber(Api api, int port, int user, List<String> allTopics, Random random, CountDownLatch stop) {
        this(List.of(new Place(api, port)), user, allTopics, random, stop);
    }

    /**
     * One that registers at any of several relays and connects to any. What one of them has answered may be on its way to
     * another: so before it does anything, it awaits a message of its own, which everything from before goes before.
     *
     * @param stop what it looks at to know whether to go on, and waits for when it pauses
     */
    public RestlessSubscriber(
            List<Place> places, int user, List<String> allTopics, Random random, CountDownLatch stop) {
        this.places = List.copyOf(places);
        this.user = user;
        this.allTopics = allTopics;
        this.random = random;
        this.stop = stop;
    }

    @Override
    public List<Session> call() throws Exception {
        List<Session> sessions = new ArrayList<>();
        while (stop.getCount() > 0) {
            sessions.add(session());
        }
        return sessions;
    }

    private Session session() throws IOException, InterruptedException {
        List<Period> periods = new ArrayList<>();
        List<Received> received = new ArrayList<>();
        Set<String> topics = someTopics();
        Registered client = anyApi().register(user, topics.toArray(String[]::new));
        int port = any().port();
        try (RawSocket socket =
                random.nextBoolean() ? RawSocket.connect(port) : RawSocket.connectWithSmallBuffer(port)) {
            long askedAt = isAlone() ? System.nanoTime() : Long.MIN_VALUE;
            socket.upgrade(client.id());
            periods.add(new Period(topics, askedAt, System.nanoTime()));
            int commands = random.nextInt(MOST_COMMANDS + 1);
            for (int i = 1; i <= commands; i++) {
                pause();
                long settledAt = settle(periods, socket, received);
                periods.add(askFor(someTopics(), i, settledAt, socket, received));
            }
            pause();
            long leftAt = settle(periods, socket, received);
            leave(client, socket, commands, received);
            return new Session(user, periods, leftAt, System.nanoTime(), received);
        }
    }

    /** Since when it has all that was answered before, or is about to have it. */
    private long settle(List<Period> periods, RawSocket socket, List<Received> received) throws IOException {
        long now = System.nanoTime();
        if (!isAlone()) {
            String topic = periods.get(periods.size() - 1).topics().iterator().next();
            String settled = SETTLED + random.nextLong();
            anyApi().publish(user, topic, settled);
            RawSocket.Frame frame = socket.readFrame();
            while (!frame.text().equals(settled)) {
                note(frame, periods.size() - 1, received);
                frame = socket.readFrame();
            }
        }
        return now;
    }

    private boolean isAlone() {
        return places.size() == 1;
    }

    private Place any() {
        return places.get(random.nextInt(places.size()));
    }

    private Api anyApi() {
        return any().api();
    }

    private static void note(RawSocket.Frame frame, int commandsAnswered, List<Received> received) {
        if (frame.opCode() == RawSocket.TEXT && !frame.text().startsWith(SETTLED)) {
            received.add(new Received(frame.text(), commandsAnswered));
        }
    }

    private Period askFor(Set<String> topics, int number, long askedAt, RawSocket socket, List<Received> received)
            throws IOException {
        byte[] command = RawSocket.text("{\"topics\":[\"" + String.join("\",\"", topics) + "\"]}");
        byte[] ping = ping(number);
        socket.send(ByteBuffer.allocate(command.length + ping.length)
                .put(command)
                .put(ping)
                .array());
        readUntilPong(number, socket, received);
        return new Period(topics, askedAt, System.nanoTime());
    }

    private void leave(Registered client, RawSocket socket, int commands, List<Received> received) throws IOException {
        switch (random.nextInt(3)) {
            case 0 -> {
                byte[] code =
                        ByteBuffer.allocate(2).putShort((short) NORMAL_CLOSURE).array();
                socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, code));
                readUntilClose(NORMAL_CLOSURE, socket, commands, received);
            }
            case 1 -> {
                anyApi().delete("/register/" + client.id());
                readUntilClose(DELETED, socket, commands, received);
            }
            default -> {
                socket.send(ping(commands + 1));
                readUntilPong(commands + 1, socket, received);
                socket.reset();
            }
        }
    }

    private static void readUntilPong(int number, RawSocket socket, List<Received> received) throws IOException {
        RawSocket.Frame frame = readTexts(socket, number - 1, received);
        if (frame.opCode() != RawSocket.PONG || frame.payload().getInt(0) != number) {
            throw new AssertionError("no pong " + number + " but " + frame);
        }
    }

    private static void readUntilClose(int code, RawSocket socket, int commands, List<Received> received)
            throws IOException {
        RawSocket.Frame frame = readTexts(socket, commands, received);
        if (frame.opCode() != RawSocket.CLOSE || frame.closeCode() != code) {
            throw new AssertionError("not closed with " + code + " but " + frame);
        }
    }

    private static RawSocket.Frame readTexts(RawSocket socket, int commandsAnswered, List<Received> received)
            throws IOException {
        RawSocket.Frame frame = socket.readFrame();
        while (frame.opCode() == RawSocket.TEXT) {
            note(frame, commandsAnswered, received);
            frame = socket.readFrame();
        }
        return frame;
    }

    private static byte[] ping(int number) {
        return RawSocket.frame(
                0x80 | RawSocket.PING, ByteBuffer.allocate(4).putInt(number).array());
    }

    private void pause() throws InterruptedException {
        stop.await(random.nextInt(LONGEST_PAUSE_MILLIS), TimeUnit.MILLISECONDS);
    }

    private Set<String> someTopics() {
        Set<String> topics = new TreeSet<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            topics.add(allTopics.get(random.nextInt(allTopics.size())));
        }
        return topics;
    }
}
