package relay.steady;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import relay.client.Client;
import relay.message.Message;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** {@value #CLIENTS} clients of one user with {@value #TOPICS} topics each, by wires that cost nothing: one message at a time. */
final class ManyOfOneUser implements Situation {
    private static final int CLIENTS = 100;
    private static final int TOPICS = 1000;
    private static final int MESSAGES = 3000;
    private static final UserId USER = new UserId("many");

    private final RelayInProcess relay = new RelayInProcess();
    private final List<Topic> topics =
            IntStream.range(0, TOPICS).mapToObj(i -> new Topic("topic " + i)).toList();

    ManyOfOneUser() {
        Wire.Peer peer = new Wire.Peer() {
            @Override
            public void received(int bytes) {}

            @Override
            public void asked(long sequence) {}
        };
        Set<Topic> all = topics.stream().collect(Collectors.toUnmodifiableSet());
        for (int i = 0; i < CLIENTS; i++) {
            Client client = relay.register(USER.value(), Duration.ZERO, all);
            relay.hub().connect(client, Wire.queue(relay.texts(), 0, peer), StartPosition.NOW);
        }
        relay.settle();
    }

    @Override
    public List<Figure> measure() {
        List<Figure> figures = new ArrayList<>();
        figures.addAll(measure("a message for one user's 100 clients", Optional.of(USER)));
        figures.addAll(measure("a message for everybody, the same clients", Optional.empty()));
        return figures;
    }

    private List<Figure> measure(String name, Optional<UserId> recipient) {
        List<Message> messages = topics.stream()
                .map(topic -> new Message(topic, recipient, Text.of("x".repeat(100))))
                .toList();
        long[] nanos = new long[MESSAGES];
        long worker = relay.workerNanos();
        for (int i = 0; i < MESSAGES; i++) {
            long begun = System.nanoTime();
            relay.publish(messages.get(i * 7 % TOPICS)).join();
            nanos[i] = System.nanoTime() - begun;
        }
        worker = relay.workerNanos() - worker;
        Arrays.sort(nanos);
        return List.of(
                new Figure(name + ": until handed over, p50", nanos[MESSAGES / 2] / 1e3, "us"),
                new Figure(name + ": the worker's time", worker / 1e3 / MESSAGES, "us"));
    }

    @Override
    public void close() throws InterruptedException {
        relay.close();
    }
}
