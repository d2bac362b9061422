package relay.hub;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import relay.client.Overflow;
import relay.message.StartPosition;

/** Lets many clients do anything that clients do, one thing at a time. One thread. */
final class StressDriver implements Callable<Void> {
    private static final int SMALL_QUEUE = 64 << 10;
    private static final int TINY_QUEUE = 500;
    private static final int LARGE_QUEUE = 64 << 20;
    private static final int STORM_EVERY = 900;
    private static final int STORM_LASTS = 300;
    private static final int GONE_AT_MOST = 30;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final HubStress stress;
    private final int number;
    private final Random random;
    private final List<StressClient> clients = new ArrayList<>();
    private final Deque<StressClient> gone = new ArrayDeque<>();
    private boolean storm;

    StressDriver(HubStress stress, int number, Random random) {
        this.stress = stress;
        this.number = number;
        this.random = random;
    }

    List<StressClient> clients() {
        return clients;
    }

    @Override
    public Void call() throws InterruptedException {
        for (int i = 0; i < stress.plan.clientsEach(); i++) {
            clients.add(register(i));
            stress.stepDone();
        }
        for (int step = stress.plan.clientsEach(); step < stress.plan.steps(); step++) {
            weather(step);
            int place = random.nextInt(clients.size());
            StressClient client = clients.get(place);
            if (client.isGone()) {
                retire(client);
                clients.set(place, register(place));
            } else {
                live(client, place);
            }
            stress.stepDone();
        }
        stress.awaitPublishers();
        catchUp();
        return null;
    }

    /** All leave, and what they were sent is looked at to the end. */
    Void leave() {
        clients.stream().filter(StressClient::isConnected).forEach(StressClient::disconnect);
        clients.forEach(StressClient::finish);
        gone.forEach(StressClient::finish);
        return null;
    }

    private static boolean isCalm(int place) {
        return place % 4 == 0;
    }

    private StressClient register(int place) {
        boolean calm = isCalm(place);
        boolean kept = !calm && place % 4 != 1;
        // The last user's clients are of one driver, which removes them all at once.
        int user = number == 0 && place % 20 < 2 ? HubStress.USERS - 1 : random.nextInt(HubStress.USERS - 1);
        int queue = !calm && random.nextInt(4) == 0 ? SMALL_QUEUE : LARGE_QUEUE;
        Overflow overflow = kept && random.nextBoolean() ? Overflow.CATCHUP : Overflow.CLOSE;
        if (overflow == Overflow.CATCHUP && random.nextBoolean()) {
            queue = TINY_QUEUE;
        }
        String kind = calm ? "calm" : overflow == Overflow.CATCHUP ? "catching up" : kept ? "kept" : "other";
        return new StressClient(stress, kind, user, kept, overflow, queue, HubStress.someTopics(random, calm));
    }

    private void retire(StressClient client) {
        gone.add(client);
        if (gone.size() > GONE_AT_MOST) {
            gone.remove().finish();
        }
    }

    /** What happens to all at once. */
    private void weather(int step) throws InterruptedException {
        if (step % STORM_EVERY == STORM_EVERY - STORM_LASTS) {
            storm = true;
            kept().stream().filter(StressClient::isConnected).forEach(StressClient::disconnect);
        } else if (storm && step % STORM_EVERY == 0) {
            storm = false;
            kept().stream().filter(client -> !client.isConnected()).forEach(this::connect);
        }
        if (random.nextInt(50) == 0) {
            stress.letPass(Duration.ofMillis(random.nextInt(2500)));
        }
        if (random.nextInt(100) == 0) {
            stress.engine().skip(1 + random.nextInt(5));
        }
        if (number == 0 && random.nextInt(1000) == 0) {
            removeAllOfTheLastUser();
        }
        if (stress.missesMessages() && number == 1) {
            lose(random.nextInt(150));
        }
    }

    private List<StressClient> kept() {
        return clients.stream()
                .filter(StressClient::isKept)
                .filter(client -> !client.isGone())
                .toList();
    }

    private void lose(int what) {
        int topic = random.nextInt(HubStress.HOT_TOPICS);
        switch (what) {
            case 0, 1 -> stress.engine().lose(topic, StressEngine.EVERYBODY, 1 + random.nextInt(3));
            case 2 -> stress.engine().lose(topic, random.nextInt(HubStress.USERS), 1);
            case 3 -> stress.engine().maybeLoseAny();
            case 4 -> stress.engine().comeBack();
            case 5 -> loseArchived();
            default -> {}
        }
    }

    private void loseArchived() {
        if (stress.plan.archives()) {
            stress.engine().trim(random.nextInt(5000));
            for (int i = 0; i < 20; i++) {
                stress.engine().damage(random.nextLong(stress.engine().last() + 1));
            }
        }
    }

    private void removeAllOfTheLastUser() throws InterruptedException {
        int user = HubStress.USERS - 1;
        long before = stress.engine().last();
        CountDownLatch removed = stress.removeAllOf(user);
        if (!removed.await(LONGEST_NANOS, TimeUnit.NANOSECONDS)) {
            stress.fault("a user's clients are not removed");
        }
        long after = stress.engine().last();
        clients.stream()
                .filter(client -> client.user() == user && !client.isGone())
                .forEach(client -> client.removed(before, after));
    }

    private void live(StressClient client, int place) {
        boolean calm = isCalm(place);
        read(client, random.nextInt(3) == 0 ? random.nextInt(500) : Integer.MAX_VALUE);
        if (client.isGone()) {
            return;
        }
        if (!client.isConnected()) {
            if (!(storm && client.isKept()) && random.nextInt(3) == 0) {
                connect(client);
            } else if (random.nextInt(100) == 0) {
                client.unregister();
            } else if (client.isKept() && random.nextInt(5) == 0) {
                client.change(HubStress.someTopics(random, calm));
            }
            return;
        }
        act(client, calm, random.nextInt(100));
    }

    private void act(StressClient client, boolean calm, int what) {
        StressReading reading = client.connection();
        reading.open();
        if (what < 20 && !reading.isUnanswered()) {
            client.subscribe(HubStress.someTopics(random, calm), calm ? StartPosition.NOW : someStart());
        } else if (what < 28) {
            client.disconnect();
        } else if (what < 32 && !client.mayBeClosed()) {
            connect(client);
        } else if (what < 34) {
            client.unregister();
        } else if (what < 36 && !calm) {
            reading.wire.breakIt();
        } else if (what < 38) {
            client.acknowledgeWrongly(stress.engine().last() + 1_000_000);
        }
    }

    private void connect(StressClient client) {
        boolean calm = !client.isKept() && client.topics().stream().allMatch(topic -> topic < HubStress.CALM_TOPICS);
        int most = client.fallsBehind() ? 50 : 5000;
        int bytesPerWrite = calm || random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(most);
        StressWire wire = new StressWire(
                stress.formats.get(random.nextInt(stress.formats.size())),
                stress.network,
                stress.overlaps,
                stress::nanos,
                bytesPerWrite);
        client.connect(
                wire, calm || random.nextInt(3) > 0 ? StartPosition.NOW : startOf(client), random.nextInt(4) > 0);
    }

    private StartPosition startOf(StressClient client) {
        if (random.nextInt(3) == 0) {
            long last = stress.engine().last();
            return new StartPosition.Resume(client.topics().stream()
                    .collect(Collectors.toMap(
                            StressEngine::topic,
                            topic -> Math.max(0, last - random.nextInt(2000)),
                            (a, b) -> a,
                            java.util.HashMap::new)));
        }
        StartPosition start = someStart();
        return start == StartPosition.NOW ? new StartPosition.Last(3) : start;
    }

    private StartPosition someStart() {
        long last = stress.engine().last();
        int what = random.nextInt(20);
        if (what < 10) {
            return StartPosition.NOW;
        } else if (what < 15) {
            return new StartPosition.After(StressEngine.id(Math.max(0, last - random.nextInt(3000))));
        } else if (what < 16) {
            return new StartPosition.After(StressEngine.id((long) (random.nextDouble() * last)));
        }
        return new StartPosition.Last(what < 19 ? random.nextInt(50) : 1_000_000);
    }

    private void read(StressClient client, int most) {
        client.read(most);
        if (client.isConnected() && random.nextInt(10) < 7) {
            client.acknowledge();
        }
    }

    /** Now that nothing more is published, everybody gets everything. */
    private void catchUp() {
        storm = false;
        long last = stress.engine().last();
        long began = System.nanoTime();
        List<StressClient> behind = new ArrayList<>(clients);
        while (!behind.isEmpty() && System.nanoTime() - began < LONGEST_NANOS) {
            behind.removeIf(client -> hasAll(client, last));
        }
        behind.forEach(client -> client.fault("does not get all up to " + last));
    }

    private boolean hasAll(StressClient client, long last) {
        if (!client.isGone() && !client.isConnected()) {
            connect(client);
        }
        if (!client.isGone()) {
            client.connection().open();
            client.read(Integer.MAX_VALUE);
            if (client.isConnected()) {
                client.acknowledge();
            }
        }
        return client.isGone()
                || (client.isConnected()
                        && !client.connection().isUnanswered()
                        && client.connection().hasAllUpTo(last));
    }
}
