package relay.steady;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import relay.client.Client;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.Topic;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;

/** {@value #CLIENTS} clients come back at once, each to the same {@value #MESSAGES} messages. */
final class Storm implements Situation {
    private static final int CLIENTS = 2000;
    private static final int MESSAGES = 1000;
    private static final int TEXT_BYTES = 100;

    private final RelayInProcess relay = new RelayInProcess();
    private final Bystander bystander = new Bystander(relay);
    private int storms;

    @Override
    public List<Figure> measure() throws InterruptedException {
        List<Figure> figures = new ArrayList<>();
        figures.addAll(measure("storm in text", relay.texts()));
        figures.addAll(measure("storm in JSON", relay.envelopes()));
        return figures;
    }

    private List<Figure> measure(String name, Encoding encoding) throws InterruptedException {
        Topic topic = new Topic("storm " + ++storms);
        LongAdder received = new LongAdder();
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Client client = relay.register("user " + i, Duration.ofMinutes(10), Set.of(topic));
            SendQueue first = relay.connect(client, encoding, received);
            relay.hub().disconnect(client, first);
            clients.add(client);
        }
        long expected = CLIENTS * publish(RelayInProcess.message(topic, TEXT_BYTES), encoding);
        relay.settle();
        long[] took = new long[1];
        Waits waits = bystander.during(() -> {
            long begun = System.nanoTime();
            clients.forEach(client -> relay.connect(client, encoding, received));
            RelayInProcess.await(received, expected);
            took[0] = System.nanoTime() - begun;
        });
        relay.unregister(clients);
        List<Figure> figures = new ArrayList<>(waits.figures(name));
        figures.add(new Figure(name + ": all have caught up after", took[0] / 1e6, "ms"));
        return figures;
    }

    /** How many bytes all the messages are to each client. */
    private long publish(Message message, Encoding encoding) {
        ByteBuffer frame = ByteBuffer.allocate((int) encoding.maxSize(message));
        long bytes = 0;
        for (int i = 0; i < MESSAGES; i++) {
            encoding.encode(new AcceptedMessage(relay.publish(message).join(), 0, message), frame.clear());
            bytes += frame.position();
        }
        return bytes;
    }

    @Override
    public void close() throws InterruptedException {
        bystander.close();
        relay.close();
    }
}
