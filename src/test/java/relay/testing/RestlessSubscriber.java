package relay.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 * A subscriber that comes, asks for other topics again and again, or has its backend do that, goes in one of three ways and comes back, until it is
 * told to stop. It reads in bursts, so the relay has to queue for it. One thread.
 */
public final class RestlessSubscriber implements Callable<List<Session>> {
    /** A topic that others may add to it and take away, since nothing is published on it. */
    public static final String UNHEARD = "unheard";

    private static final int NORMAL_CLOSURE = 1000;
    private static final int DELETED = 4404;
    private static final int LONGEST_PAUSE_MILLIS = 150;
    private static final int LONGEST_PAUSE_OF_THE_SLOW_MILLIS = 1000;
    private static final int KEEP_SECONDS = 60;
    private static final int MOST_COMMANDS = 6;

    /** What a text begins with that tells a subscriber of several relays how far it is. */
    private static final String SETTLED = "settled ";

    private final List<Place> places;
    private final int user;
    private final Habits habits;
    private final Random random;
    private final CountDownLatch stop;

    /** A relay. */
    public record Place(Api api, int port) {}

    /**
     * What a subscriber does.
     *
     * @param topics the names and patterns that it asks for some of at a time
     * @param always what it asks for besides, all the time
     * @param catchesUp whether it is slow, and goes on from the history when its queue is full
     */
    public record Habits(List<String> topics, Set<String> always, boolean catchesUp) {
        public Habits {
            topics = List.copyOf(topics);
            always = Set.copyOf(always);
        }

        /** One that reads fast enough not to be closed. */
        public Habits(List<String> topics) {
            this(topics, Set.of(), false);
        }
    }

    /** A command, and the topics in force after it. */
    private record Wish(String command, Set<String> topics) {}

    /** @param stop what it looks at to know whether to go on, and waits for when it pauses */
    public RestlessSubscriber(Api api, int port, int user, List<String> topics, Random random, CountDownLatch stop) {
        this(List.of(new Place(api, port)), user, new Habits(topics), random, stop);
    }

    /**
     * A subscriber that uses any of several relays. What one of them has answered may be on its way to another, and what it has to catch
     * up with may come after the answer to a command: so before it does anything, it awaits a message of its own, which everything from
     * before goes before.
     *
     * @param stop what it looks at to know whether to go on, and waits for when it pauses
     */
    public RestlessSubscriber(List<Place> places, int user, Habits habits, Random random, CountDownLatch stop) {
        this.places = List.copyOf(places);
        this.user = user;
        this.habits = habits;
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
        long askedAt = isAlone() ? System.nanoTime() : Long.MIN_VALUE;
        Registered client = register(topics);
        long keptAt = System.nanoTime();
        try (RawSocket socket = connect(any().port())) {
            askedAt = isAlone() && !habits.catchesUp() ? System.nanoTime() : askedAt;
            socket.upgrade(client.id());
            long openAt = System.nanoTime();
            periods.add(new Period(topics, askedAt, habits.catchesUp() ? keptAt : openAt));
            int commands = random.nextInt(MOST_COMMANDS + 1);
            for (int i = 1; i <= commands; i++) {
                pause();
                long settledAt = settle(periods, socket, received);
                topics = periods.get(periods.size() - 1).topics();
                Wish wish = wish(topics);
                periods.add(
                        random.nextInt(3) == 0
                                ? change(client, topics, wish, i, settledAt, socket, received)
                                : askFor(wish, i, settledAt, socket, received));
            }
            pause();
            long leftAt = settle(periods, socket, received);
            leave(client, socket, commands, received);
            return new Session(user, periods, !habits.catchesUp(), leftAt, System.nanoTime(), received);
        }
    }

    private Registered register(Set<String> topics) {
        String[] all = topics.toArray(String[]::new);
        return habits.catchesUp() ? anyApi().registerCatchingUp(user, KEEP_SECONDS, all) : anyApi().register(user, all);
    }

    private RawSocket connect(int port) throws IOException {
        return habits.catchesUp() || random.nextBoolean() ? RawSocket.connectNarrow(port) : RawSocket.connect(port);
    }

    /** Since when it has all that was answered before, or is about to have it. */
    private long settle(List<Period> periods, RawSocket socket, List<Received> received) throws IOException {
        long now = System.nanoTime();
        if (!isAlone() || habits.catchesUp()) {
            String name = periods.get(periods.size() - 1).topics().iterator().next();
            String settled = SETTLED + random.nextLong();
            anyApi().publish(user, someTopicOf(name), settled);
            RawSocket.Frame frame = socket.readFrameAnsweringPings();
            while (!frame.text().equals(settled)) {
                requireOpen(frame);
                note(frame, periods.size() - 1, received);
                frame = socket.readFrameAnsweringPings();
            }
        }
        return now;
    }

    private static void requireOpen(RawSocket.Frame frame) {
        if (frame.opCode() == RawSocket.CLOSE) {
            throw new AssertionError("closed with " + frame.closeCode());
        }
    }

    private static String someTopicOf(String name) {
        return name.replace("**", "some").replace("*", "some");
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

    private Period askFor(Wish wish, int number, long askedAt, RawSocket socket, List<Received> received)
            throws IOException {
        byte[] command = RawSocket.text(wish.command());
        byte[] ping = ping(number);
        socket.send(ByteBuffer.allocate(command.length + ping.length)
                .put(command)
                .put(ping)
                .array());
        readUntilPong(number, socket, received);
        return new Period(wish.topics(), askedAt, System.nanoTime());
    }

    /** The backend changes its topics, at any relay: that is in force once it is answered. */
    private Period change(
            Registered client,
            Set<String> before,
            Wish wish,
            int number,
            long askedAt,
            RawSocket socket,
            List<Received> received)
            throws IOException {
        Set<String> added = new TreeSet<>(wish.topics());
        added.removeAll(before);
        Set<String> removed = new TreeSet<>(before);
        removed.removeAll(wish.topics());
        Api.Answer answer = anyApi().patch(
                        "/register/" + client.id(),
                        TestJson.tree(Map.of("add", added, "remove", removed)).toString());
        long inForceAt = System.nanoTime();
        Set<String> inForce = new TreeSet<>();
        answer.json().path("topics").forEach(topic -> inForce.add(topic.asText()));
        inForce.remove(UNHEARD);
        if (answer.status() != 200 || !inForce.equals(wish.topics())) {
            throw new AssertionError("not changed to " + wish.topics() + ": " + answer);
        }
        socket.send(ping(number));
        readUntilPong(number, socket, received);
        return new Period(wish.topics(), askedAt, inForceAt);
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
        RawSocket.Frame frame = readTexts(socket, number - 1, received, true);
        if (frame.opCode() != RawSocket.PONG || frame.payload().getInt(0) != number) {
            throw new AssertionError("no pong " + number + " but " + frame);
        }
    }

    private static void readUntilClose(int code, RawSocket socket, int commands, List<Received> received)
            throws IOException {
        RawSocket.Frame frame = readTexts(socket, commands, received, false);
        if (frame.opCode() != RawSocket.CLOSE || frame.closeCode() != code) {
            throw new AssertionError("not closed with " + code + " but " + frame);
        }
    }

    /** Pings are answered until it leaves: the relay may hang up before an answer that comes after a close frame. */
    private static RawSocket.Frame readTexts(
            RawSocket socket, int commandsAnswered, List<Received> received, boolean answersPings) throws IOException {
        RawSocket.Frame frame = socket.readFrame();
        while (frame.opCode() == RawSocket.TEXT || frame.opCode() == RawSocket.PING) {
            note(frame, commandsAnswered, received);
            if (answersPings && frame.opCode() == RawSocket.PING) {
                socket.answer(frame);
            }
            frame = socket.readFrame();
        }
        return frame;
    }

    private static byte[] ping(int number) {
        return RawSocket.frame(
                0x80 | RawSocket.PING, ByteBuffer.allocate(4).putInt(number).array());
    }

    private void pause() throws InterruptedException {
        int longest = habits.catchesUp() ? LONGEST_PAUSE_OF_THE_SLOW_MILLIS : LONGEST_PAUSE_MILLIS;
        stop.await(random.nextInt(longest), TimeUnit.MILLISECONDS);
    }

    private Wish wish(Set<String> before) {
        Set<String> some = someTopics();
        Set<String> after = new TreeSet<>(before);
        switch (random.nextInt(3)) {
            case 0 -> {
                after.addAll(some);
                return new Wish(command("add", some), after);
            }
            case 1 -> {
                some.removeAll(habits.always());
                after.removeAll(some);
                if (!some.isEmpty() && !after.isEmpty()) {
                    return new Wish(command("remove", some), after);
                }
                some = someTopics();
                return new Wish(command("topics", some), some);
            }
            default -> {
                return new Wish(command("topics", some), some);
            }
        }
    }

    private static String command(String name, Set<String> topics) {
        return "{\"" + name + "\":[\"" + String.join("\",\"", topics) + "\"]}";
    }

    private Set<String> someTopics() {
        Set<String> topics = new TreeSet<>(habits.always());
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            topics.add(habits.topics().get(random.nextInt(habits.topics().size())));
        }
        return topics;
    }
}
