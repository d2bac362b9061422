package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.RedisServer;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/**
 * A client goes from relay to relay while its backend publishes and changes its topics, one after the other and at any relay: so for each
 * message it is known whether the client is to get it.
 */
class ChangesOnTheMoveIT {
    private static final int STEPS = 600;
    private static final int TOPICS = 6;
    private static final int STEPS_FOR_A_MOVE = 4;

    @AutoClose
    private static final RedisServer server = RedisServer.start();

    @AutoClose
    private static final TestRelays relays = TestRelays.start(3, server.url());

    /** What the backend knows. */
    private static final class Expected {
        final Set<String> inForce = new HashSet<>(Set.of("end"));

        /** The messages that it may get. */
        final Set<String> mayCome = new LinkedHashSet<>();

        /** Of these by topic those that are not sent any more if the topic is removed before the client has had them. */
        final Map<String, List<String>> pending = new HashMap<>();

        final Set<String> mayBeLeftOut = new HashSet<>();

        void published(String topic, String id) {
            if (inForce.contains(topic)) {
                mayCome.add(id);
                pending.computeIfAbsent(topic, first -> new ArrayList<>()).add(id);
            }
        }

        void removed(String topic) {
            inForce.remove(topic);
            List<String> left = pending.remove(topic);
            if (left != null) {
                mayBeLeftOut.addAll(left);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void eachMessageFollowsTheTopicsThatWereInForceWhenItWasAccepted(long seed) {
        Registered client = relays.api(0).registerKept(1, 600, "end");
        AtomicBoolean done = new AtomicBoolean();
        Semaphore moves = new Semaphore(0);
        List<String> received = new ArrayList<>();
        CompletableFuture<Void> roaming =
                CompletableFuture.runAsync(() -> roam(client, new Random(-seed), moves, done, received));
        Expected expected = new Expected();
        Random random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            if (step % STEPS_FOR_A_MOVE == 0) {
                moves.release();
            }
            Api api = relays.api(random.nextInt(3));
            String topic = "t" + random.nextInt(TOPICS);
            if (random.nextInt(4) > 0) {
                expected.published(topic, api.publishForId(topic, "m" + step));
            } else if (expected.inForce.contains(topic)) {
                expected.removed(topic);
                assertThat(change(api, client, "remove", topic)).isEqualTo(expected.inForce);
            } else {
                expected.inForce.add(topic);
                assertThat(change(api, client, "add", topic)).isEqualTo(expected.inForce);
            }
        }
        expected.published("end", relays.api(0).publishForId("end", "end"));
        done.set(true);
        moves.release();
        roaming.join();
        check(expected, received);
    }

    private static void check(Expected expected, List<String> received) {
        assertThat(expected.mayCome).containsAll(received);
        Set<String> due = new HashSet<>(expected.mayCome);
        due.removeAll(expected.mayBeLeftOut);
        assertThat(received).containsAll(due);
        // Whoever delivers nothing at all that may be left out has not shown much.
        due.retainAll(expected.mayBeLeftOut);
        assertThat(received).anyMatch(expected.mayBeLeftOut::contains);
    }

    private static Set<String> change(Api api, Registered client, String what, String topic) {
        Answer answer = api.patch("/register/" + client.id(), "{\"" + what + "\":[\"" + topic + "\"]}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        Set<String> topics = new HashSet<>();
        StreamSupport.stream(answer.json().get("topics").spliterator(), false)
                .map(JsonNode::asText)
                .forEach(topics::add);
        return topics;
    }

    /** Connects here and there, in place of the last connection or after it, until the last message has come. */
    private static void roam(
            Registered client, Random random, Semaphore moves, AtomicBoolean done, List<String> received) {
        Optional<TestSocket> last = Optional.empty();
        boolean over = false;
        while (!done.get()) {
            moves.acquireUninterruptibly();
            TestSocket socket = relays.openEnvelopes(random.nextInt(3), client);
            socket.barrier();
            over |= last.isPresent() && noteAll(last.get(), received);
            last = Optional.of(socket);
            if (random.nextBoolean()) {
                socket.close();
            }
        }
        if (last.isPresent()) {
            last.get().close();
            over |= noteAll(last.get(), received);
        }
        if (!over) {
            try (TestSocket socket = relays.openEnvelopes(0, client)) {
                while (!over) {
                    over = note(socket.receive(), received);
                }
            }
        }
    }

    /** All that came by a connection that is closed, or replaced. */
    private static boolean noteAll(TestSocket socket, List<String> received) {
        boolean over = false;
        socket.closeCode();
        for (String frame : socket.received()) {
            over |= note(frame, received);
        }
        return over;
    }

    private static boolean note(String frame, List<String> received) {
        JsonNode message = TestJson.valueOrText(frame);
        assertThat(message.has("gap")).as(frame).isFalse();
        if (message.has("id")) {
            received.add(message.get("id").asText());
        }
        return message.path("message").asText().equals("end");
    }
}
