package relay.steady;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import relay.message.Message;
import relay.message.Topic;

/** A message goes to {@value #CLIENTS} clients that are kept; a second later they are asked whether they have it. */
final class Pings implements Situation {
    private static final int CLIENTS = 50_000;
    private static final Topic TOPIC = new Topic("cats");

    private final RelayInProcess relay = new RelayInProcess();
    private final Message message = RelayInProcess.message(TOPIC, 100);
    private final Bystander bystander;

    Pings() {
        LongAdder received = new LongAdder();
        for (int i = 0; i < CLIENTS; i++) {
            relay.connect(relay.register("user " + i, Duration.ofMinutes(10), Set.of(TOPIC)), relay.texts(), received);
        }
        relay.settle();
        bystander = new Bystander(relay);
    }

    @Override
    public List<Figure> measure() throws InterruptedException {
        // Whoever has not been asked for long is asked at once, and a second after that about what has come since.
        long before = acknowledgements();
        Waits first = bystander.during(() -> {
            relay.publish(message).join();
            while (acknowledgements() < before + CLIENTS) {
                Thread.sleep(1);
            }
        });
        relay.publish(message).join();
        relay.settle();
        long asked = acknowledgements();
        Waits pings = bystander.during(() -> Thread.sleep(2000));
        asked = acknowledgements() - asked;
        if (asked < CLIENTS * 9 / 10) {
            throw new IllegalStateException("only " + asked + " were asked: the machine is too slow for this");
        }
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure(
                "a message to 50,000 and their first pings: others wait, longest", first.longestMillis(), "ms"));
        figures.addAll(pings.figures("50,000 pings a second later"));
        return figures;
    }

    private long acknowledgements() {
        return relay.hub().figures().acknowledgement().count();
    }

    @Override
    public void close() throws InterruptedException {
        bystander.close();
        relay.close();
    }
}
