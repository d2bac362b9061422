package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import relay.message.MessageId;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.EventStreamReader;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** What a client finds when a relay with its data on disk is there again. */
class RestartIT extends MortalRelayOnDisk {
    @Test
    void eachWayOfComingBackContinuesAfterAKill() throws IOException {
        Registered reader = api.registerKept(1, KEEP_SECONDS, "cats");
        Registered cursor = api.registerKept(2, KEEP_SECONDS, "cats");
        Registered events = api.registerKept(3, KEEP_SECONDS, "cats");
        Registered late = api.registerKept(4, KEEP_SECONDS, "cats");
        String first = api.publishForId("cats", "1");
        try (TestSocket socket = TestSocket.open(reader.url())) {
            assertThat(socket.receive()).isEqualTo("1");
            kill();
        }
        String second = api.publishForId("cats", "2");
        kill();
        assertThat(MessageId.parse(second))
                .isEqualTo(new MessageId(MessageId.parse(first).epoch(), 2));
        api.publish("cats", "3");
        for (int i = 0; i < 2; i++) {
            try (TestSocket socket = TestSocket.open(cursor.url() + "?after=" + first);
                    EventStreamReader stream = EventStreamReader.open(relay.port(), events.id(), first)) {
                assertThat(socket.receive(2)).containsExactly("2", "3");
                assertThat(stream.next()).startsWith(":");
                assertThat(stream.next()).isEqualTo("id: " + second + "\ndata: 2\n");
                assertThat(stream.next()).endsWith("\ndata: 3\n");
            }
            kill();
        }
        try (TestSocket socket = TestSocket.open(late.url())) {
            assertThat(socket.receive(3)).containsExactly("1", "2", "3");
        }
        try (TestSocket socket = TestSocket.open(reader.url())) {
            api.publish("cats", "4");
            // It had received the first, but perhaps not said so.
            assertThat(Received.after("1", socket, 3)).containsExactly("2", "3", "4");
        }
    }

    @Test
    void whoWasUpToDateAtSigtermGetsNothingTwice() {
        Registered client = api.registerKept(1, KEEP_SECONDS, "cats");
        try (TestSocket socket = TestSocket.open(client.url())) {
            api.publish("cats", "1");
            assertThat(socket.receive()).isEqualTo("1");
            relay.process().terminate();
            assertThat(socket.closeCode()).isEqualTo(1001);
        }
        relay.startAgain();
        relay.awaitReady();
        try (TestSocket socket = TestSocket.open(client.url())) {
            api.publish("cats", "2");
            assertThat(socket.receive()).isEqualTo("2");
        }
    }

    @Test
    void topicsThatWereChangedOnTheSocketAreThoseOfTheNextConnection() {
        Registered client = api.registerKept(1, KEEP_SECONDS, "cats");
        try (TestSocket socket = TestSocket.open(client.url())) {
            socket.subscribe("dogs", "birds");
            api.publish("dogs", "1");
            assertThat(socket.receive()).isEqualTo("1");
            kill();
        }
        api.publish("cats", "not asked for");
        api.publish("dogs", "2");
        api.publish("birds", "3");
        try (TestSocket socket = TestSocket.open(client.url())) {
            assertThat(Received.after("1", socket, 2)).containsExactly("2", "3");
        }
    }

    @Test
    void whoWaitedWithoutKeepIsKnownAndWhoWasConnectedWithoutKeepIsGone() throws IOException {
        Registered waits = api.register(1, "cats");
        Registered connected = api.register(2, "cats");
        Registered deleted = api.registerKept(3, KEEP_SECONDS, "cats");
        assertThat(api.delete("/register/" + deleted.id()).status()).isEqualTo(200);
        try (TestSocket socket = TestSocket.open(connected.url())) {
            api.publish("cats", "1");
            assertThat(socket.receive()).isEqualTo("1");
            kill();
        }
        assertThat(handshake(connected)).startsWith("HTTP/1.1 404 ");
        assertThat(handshake(deleted)).startsWith("HTTP/1.1 404 ");
        try (TestSocket socket = TestSocket.open(waits.url())) {
            api.publish("cats", "2");
            assertThat(socket.receive()).isEqualTo("2");
        }
    }

    @Test
    void aKeyGetsItsOldAnswerAndIsNotTakenForAnotherMessage() {
        String body = "{\"topic\":\"cats\",\"message\":\"once\"}";
        Registered client = api.registerKept(1, KEEP_SECONDS, "cats");
        Answer first = api.publishWithKey("key", body);
        for (int i = 0; i < 2; i++) {
            kill();
            Answer again = api.publishWithKey("key", body);
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
            assertThat(api.publishWithKey("key", body.replace("once", "other")).status())
                    .isEqualTo(409);
        }
        api.publish("cats", "last");
        try (TestSocket socket = TestSocket.open(client.url())) {
            assertThat(socket.receive(2)).containsExactly("once", "last");
        }
    }

    @Test
    void idsThatAreFromElsewhereOrNotThereYetAreToldByAGap() {
        Registered client = api.registerKept(1, KEEP_SECONDS, "cats");
        MessageId first = MessageId.parse(api.publishForId("cats", "1"));
        kill();
        try (TestSocket socket = TestSocket.open(client.url() + "?after=" + first.epoch() + "-100")) {
            assertThat(socket.receive()).contains("\"reason\":\"future\"");
        }
        try (TestSocket socket = TestSocket.open(client.url() + "?after=0123456789abcdef-1")) {
            assertThat(socket.receive()).contains("\"reason\":\"epoch\"");
        }
    }

    private String handshake(Registered client) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            return socket.send(RawSocket.handshake(client.id())).readHead();
        }
    }
}
