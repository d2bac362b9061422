package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** What a backend has changed holds when the relay was killed directly after it had answered. */
@Timeout(180)
class ChangedClientsIT extends MortalRelayOnDisk {
    @Test
    void theTopicsAndWhatIsAllowedAreThoseOfTheAnswer() {
        Registered fresh = api.registerKept(1, KEEP_SECONDS, "cats", "dogs");
        Registered waiting = api.registerKept(2, KEEP_SECONDS, "cats", "dogs");
        Registered connected = api.registerKept(3, KEEP_SECONDS, "cats", "dogs");
        Registered unkept = api.register(4, "cats", "dogs");
        List<Registered> all = List.of(fresh, waiting, connected, unkept);
        try (TestSocket first = TestSocket.open(waiting.url())) {
            first.barrier();
        }
        try (TestSocket socket = TestSocket.open(connected.url())) {
            socket.barrier();
            api.publish("birds", "too early");
            String body = "{\"add\":[\"birds\"],\"remove\":[\"cats\"],\"allow\":[\"birds\",\"dogs\",\"news.*\"]}";
            for (Registered client : all) {
                assertThat(topics(api.patch("/register/" + client.id(), body))).containsExactly("birds", "dogs");
            }
            kill();
        }
        api.publish("cats", "no");
        api.publish("birds", "1");
        api.publish("dogs", "2");
        for (Registered client : all) {
            try (TestSocket socket = TestSocket.open(client.url())) {
                if (client.equals(unkept)) {
                    socket.barrier();
                    api.publish(4, "birds", "1");
                    api.publish(4, "cats", "no");
                    api.publish(4, "dogs", "2");
                }
                assertThat(socket.receive(2)).containsExactly("1", "2");
                socket.send("{\"add\":[\"cats\"]}");
                assertThat(socket.receive()).contains("not_allowed");
                socket.send("{\"add\":[\"news.a\"]}");
                socket.barrier();
                assertThat(socket.received()).isEmpty();
            }
        }
    }

    @Test
    void killedInTheMiddleOfManyChangesEachClientHasThoseThatWereAnsweredOrTheNextOne() throws Exception {
        List<Registered> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            clients.add(api.registerKept(i, KEEP_SECONDS, "t0"));
        }
        for (int round = 0; round < 3; round++) {
            List<Changing> changing = new ArrayList<>();
            CountDownLatch enough = new CountDownLatch(20 + 40 * round);
            for (int i = 0; i < clients.size(); i++) {
                changing.add(new Changing(clients.get(i).id(), new Random(31L * round + i), enough));
            }
            List<Thread> threads = changing.stream().map(Thread::new).toList();
            threads.forEach(Thread::start);
            assertThat(enough.await(60, TimeUnit.SECONDS)).isTrue();
            kill();
            for (Thread thread : threads) {
                thread.join();
            }
            for (Changing one : changing) {
                Set<String> now = topics(api.patch("/register/" + one.id, "{\"add\":[]}"));
                assertThat(now).as("%s", one.answered).isIn(one.answered, one.next);
            }
        }
    }

    /** One backend, which goes on until its relay is gone. */
    private final class Changing implements Runnable {
        private final String id;
        private final Random random;
        private final CountDownLatch enough;
        private final AtomicInteger port = new AtomicInteger(relay.port());
        private Set<String> answered;
        private Set<String> next;

        Changing(String id, Random random, CountDownLatch enough) {
            this.id = id;
            this.random = random;
            this.enough = enough;
            answered = topics(api.patch("/register/" + id, "{\"add\":[]}"));
            next = answered;
        }

        @Override
        public void run() {
            Api own = new Api(port.get());
            while (true) {
                Set<String> add = some();
                Set<String> remove = some();
                remove.removeAll(add);
                next = new TreeSet<>(answered);
                next.removeAll(remove);
                next.addAll(add);
                Answer answer;
                try {
                    answer =
                            own.patch("/register/" + id, "{\"add\":" + json(add) + ",\"remove\":" + json(remove) + "}");
                } catch (AssertionError e) {
                    // It is gone.
                    return;
                }
                if (answer.status() != 200 || !topics(answer).equals(next)) {
                    throw new AssertionError(answer.toString());
                }
                answered = next;
                enough.countDown();
            }
        }

        private Set<String> some() {
            return IntStream.range(0, 6)
                    .filter(i -> random.nextInt(3) == 0)
                    .mapToObj(i -> "t" + i)
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        private static String json(Set<String> topics) {
            return topics.stream().map(topic -> '"' + topic + '"').collect(Collectors.joining(",", "[", "]"));
        }
    }

    private static Set<String> topics(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        Stream<JsonNode> names = answer.json().get("topics").valueStream();
        return names.map(name -> name.asText()).collect(Collectors.toCollection(TreeSet::new));
    }
}
