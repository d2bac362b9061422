package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.RedisServer;
import relay.testing.RelayProcess;
import relay.testing.TestSocket;

/** A backend changes clients of a relay that is dead, stands still, or is cut off from the engine. */
class ChangesOfLostRelaysIT {
    /** A relay that says nothing counts as there for some seconds. */
    private static final Duration UNTIL_LOST = Duration.ofSeconds(60);

    private static final String USER = "other";

    @AutoClose
    private final RedisServer server = RedisServer.start();

    @AutoClose
    private final TestRelays survivor = TestRelays.start(1, server.url());

    private final Api there = survivor.api(0);

    private RelayProcess startOther() {
        server.ask("ACL", "SETUSER", USER, "on", ">secret", "~*", "&*", "+@all");
        RelayProcess other = RelayProcess.start(
                Map.of("RELAY_ENGINE", "redis://" + USER + ":secret@127.0.0.1:" + server.port()), "--port", "0");
        other.api().awaitReady();
        return other;
    }

    @Test
    void aClientOfARelayThatWasKilledIsChangedAtOnceAndGoesOnWithThat() {
        try (RelayProcess mortal = startOther()) {
            Registered client = mortal.api().registerKept(1, 60, "cats", "dogs");
            TestSocket socket = TestSocket.open(client.url());
            there.publish("cats", "1");
            assertThat(socket.receive()).isEqualTo("1");
            mortal.signal("KILL");
            assertThat(socket.closeCode()).isEqualTo(1006);
            there.publish("dogs", "2");
            there.publish("birds", "too early");
            assertThat(change(client, "{'add':['birds'],'remove':['cats']}").body())
                    .isEqualTo("{\"topics\":[\"birds\",\"dogs\"]}");
            there.publish("birds", "3");
            there.publish("cats", "no");
            there.publish("dogs", "4");
            try (TestSocket again = survivor.open(0, client)) {
                assertThat(again.receive(3)).containsExactly("2", "3", "4");
            }
        }
    }

    @Test
    void aClientOfARelayThatStandsStillIsTakenFromItAndThatGivesItNothingMore() {
        try (RelayProcess still = startOther()) {
            Registered client = still.api().registerKept(1, 60, "cats", "dogs");
            TestSocket socket = TestSocket.open(client.url());
            socket.barrier();
            still.signal("STOP");
            there.publish("dogs", "1");
            await().atMost(UNTIL_LOST).pollInterval(Duration.ofMillis(100)).until(() -> {
                Answer answer = change(client, "{'add':['birds'],'remove':['cats']}");
                assertThat(answer.status() == 200 || answer.detail().contains("has not answered"))
                        .as(answer.body())
                        .isTrue();
                return answer.status() == 200;
            });
            there.publish("cats", "no");
            there.publish("birds", "2");
            still.signal("CONT");
            assertThat(socket.closeCode()).isEqualTo(1001);
            List<String> received = new ArrayList<>(socket.received());
            assertThat(received).doesNotContain("no").isSubsetOf("1", "2");
            try (TestSocket again = survivor.open(0, client)) {
                there.publish("dogs", "3");
                while (!received.contains("3")) {
                    received.add(again.receive());
                }
            }
            assertThat(received).contains("1", "2", "3").doesNotContain("no");
        }
    }

    @Test
    void whatAClientSaidToARelayThatStoodStillIsNotPublishedWhenItMayNotAnyMore() {
        try (RelayProcess still = startOther()) {
            Registered client = still.api().registerSpeaking(1, 60, "cats");
            TestSocket socket = TestSocket.open(client.url());
            socket.send("{\"publish\":{\"topic\":\"cats\",\"message\":\"1\"}}");
            assertThat(socket.receive()).isEqualTo("1");
            still.signal("STOP");
            socket.send("{\"publish\":{\"topic\":\"cats\",\"message\":\"no\"}}");
            await().atMost(UNTIL_LOST)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> change(client, "{'publish':[]}").status() == 200);
            still.signal("CONT");
            assertThat(socket.closeCode()).isEqualTo(1001);
            there.publish("cats", "2");
            try (TestSocket again = survivor.open(0, client)) {
                String received = again.receive();
                // The relay that stood still may have got no further than to send it, and not its cursor.
                assertThat(received.equals("1") ? again.receive() : received).isEqualTo("2");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 60})
    void aClientOfARelayThatIsCutOffIsSentAwayWhenThatIsBackAndBeforeWhatItHasMissed(int keep) {
        try (RelayProcess cutOff = startOther()) {
            Registered client = cutOff.api().registerKept(1, keep, "cats", "dogs");
            TestSocket socket = TestSocket.open(client.url());
            socket.barrier();
            server.ask("ACL", "SETUSER", USER, "off");
            server.ask("CLIENT", "KILL", "USER", USER);
            cutOff.api().awaitReady(503);
            there.publish("dogs", "1");
            assertThat(change(client, "{'remove':['cats'],'add':['birds']}").status())
                    .isEqualTo(200);
            there.publish("cats", "no");
            there.publish("birds", "2");
            server.ask("ACL", "SETUSER", USER, "on");
            assertThat(socket.closeCode()).isEqualTo(1001);
            assertThat(socket.received()).isEmpty();
            try (TestSocket again = survivor.open(0, client)) {
                there.publish("dogs", "3");
                assertThat(again.receive(keep == 0 ? 1 : 3))
                        .isEqualTo(keep == 0 ? List.of("3") : List.of("1", "2", "3"));
            }
        }
    }

    private Answer change(Registered client, String change) {
        return there.patch("/register/" + client.id(), change.replace('\'', '"'));
    }
}
