package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.RawSocket.Frame;
import relay.testing.TestSocket;

/** A client that does not read, or only at last: nobody else pays for it, and what it gets has no gap. */
class SlowReaderTest {
    private static final int MESSAGE_CHARACTERS = 100_000;

    /** Many times what the operating system and the queue can hold. */
    private static final int MOST_MESSAGES = 400;

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--queue-bytes", "256KiB");

    @Test
    void clientThatNeverReadsIsClosedWith4408AndGetsAllBeforeItWithoutAGap() throws IOException {
        Registered client = relay.api().register(1, "flood");
        try (RawSocket slow = RawSocket.connectWithSmallBuffer(relay.port()).upgrade(client.id())) {
            int handedOver = publishUntilQueuedIs(0, "flood");
            Registrations.awaitUnknown(relay.api(), client.id());
            for (int i = 0; i < handedOver; i++) {
                assertIsMessage(i, slow.readFrame());
            }
            assertThat(slow.readFrame().closeCode()).isEqualTo(4408);
            slow.send(RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("11 38")));
            assertThat(slow.readAll()).isEmpty();
        }
    }

    @Test
    void othersOnTheTopicOfASlowClientGetEverythingInOrder() throws IOException {
        Registered client = relay.api().register(1, "shared");
        try (TestSocket first =
                        TestSocket.open(relay.api().register(2, "shared").url());
                TestSocket second =
                        TestSocket.open(relay.api().register(3, "shared").url());
                RawSocket slow = RawSocket.connectWithSmallBuffer(relay.port()).upgrade(client.id())) {
            int before = 0;
            int queued = 3;
            while (queued == 3 && before < MOST_MESSAGES) {
                queued = relay.api().publish("shared", message(before));
                assertIsMessage(before, first.receive());
                assertIsMessage(before, second.receive());
                before++;
            }
            assertThat(queued).isEqualTo(2);
            assertThat(relay.api().publish("shared", "after")).isEqualTo(2);
            assertThat(first.receive()).isEqualTo("after");
            assertThat(second.receive()).isEqualTo("after");
            Registrations.awaitUnknown(relay.api(), client.id());
            assertIsMessage(0, slow.readFrame());
        }
    }

    @Test
    void slowClientThatSendsAllTheWhileLosesNothingOfWhatItWasHanded() throws IOException {
        Registered client = relay.api().register(1, "chatty");
        try (RawSocket slow = RawSocket.connectWithSmallBuffer(relay.port()).upgrade(client.id())) {
            int handedOver = publishUntilQueuedIs(0, "chatty");
            Registrations.awaitUnknown(relay.api(), client.id());
            for (int i = 0; i < handedOver; i++) {
                slow.send(RawSocket.text("ping"));
                assertIsMessage(i, slow.readFrame());
            }
            assertThat(slow.readFrame().closeCode()).isEqualTo(4408);
        }
    }

    @Test
    void slowClientThatGoesAwayWithoutReadingLeavesNothingBehind() throws IOException {
        try (TestRelay small = TestRelay.start("--queue-bytes", "256KiB", "--max-connections", "1")) {
            for (int i = 0; i < 3; i++) {
                Registered client = small.api().register(1, "gone");
                RawSocket slow = Sockets.openWhenThereIsRoom(small.port(), client.id());
                for (int message = 0; message < 60; message++) {
                    small.api().publish("gone", message(message));
                }
                slow.reset();
                Registrations.awaitUnknown(small.api(), client.id());
            }
        }
    }

    @Test
    void steadyReaderBelowTheBoundIsNotClosedHoweverSmallItsReads() throws IOException {
        Registered client = relay.api().register(1, "steady");
        int ahead = 1;
        int messages = 100;
        try (RawSocket socket = RawSocket.connectWithSmallBuffer(relay.port()).upgrade(client.id())) {
            for (int i = 0; i < messages; i++) {
                assertThat(relay.api().publish("steady", message(i))).isEqualTo(1);
                if (i >= ahead) {
                    assertIsMessage(i - ahead, socket.readFrame());
                }
            }
            for (int i = messages - ahead; i < messages; i++) {
                assertIsMessage(i, socket.readFrame());
            }
            assertIsOpen(socket);
        }
    }

    @Test
    void readerThatIsAlwaysBehindIsNotClosedWhileItsQueueHasRoom() throws IOException {
        try (TestRelay roomy = TestRelay.start("--queue-bytes", "8MiB");
                RawSocket socket = RawSocket.connectWithSmallBuffer(roomy.port())
                        .upgrade(roomy.api().register(1, "behind").id())) {
            int behind = 60;
            int messages = 120;
            for (int i = 0; i < messages; i++) {
                assertThat(roomy.api().publish("behind", message(i))).isEqualTo(1);
                if (i >= behind) {
                    assertIsMessage(i - behind, socket.readFrame());
                }
            }
            for (int i = messages - behind; i < messages; i++) {
                assertIsMessage(i, socket.readFrame());
            }
            assertIsOpen(socket);
        }
    }

    @Test
    void messageLargerThanTheQueueBoundIsDeliveredWhole() throws IOException {
        try (TestRelay narrow = TestRelay.start("--queue-bytes", "64KiB");
                TestSocket reader =
                        TestSocket.open(narrow.api().register(1, "large").url());
                RawSocket trickle = RawSocket.connectWithSmallBuffer(narrow.port())
                        .upgrade(narrow.api().register(2, "large").id())) {
            for (int i = 0; i < 5; i++) {
                String large = i + "€".repeat((1 << 20) / 3);
                assertThat(narrow.api()
                                .send("POST", "/publish/large", large)
                                .json()
                                .path("queued")
                                .asInt())
                        .isEqualTo(2);
                assertThat(reader.receive().equals(large)).isTrue();
                assertThat(trickle.readFrame().text().equals(large)).isTrue();
            }
        }
    }

    /** The relay reads the next ping when the last pong is with the operating system: pongs never pile up in its memory. */
    @Test
    void pongsToASlowReaderComeInLineAndOneAtATime() throws IOException {
        try (TestRelay roomy = TestRelay.start("--queue-bytes", "8MiB", "--max-frames-per-second", "1000000");
                RawSocket socket = RawSocket.connectWithSmallBuffer(roomy.port())
                        .upgrade(roomy.api().register(1, "pongs").id())) {
            int before = 60;
            int after = 20;
            int pings = 200;
            for (int i = 0; i < before; i++) {
                roomy.api().publish("pongs", message(i));
            }
            for (int i = 0; i < pings; i++) {
                socket.send(RawSocket.frame(0x80 | RawSocket.PING, Bytes.utf8("ping " + i)));
            }
            for (int i = before; i < before + after; i++) {
                assertThat(roomy.api().publish("pongs", message(i))).isEqualTo(1);
            }
            int messagesRead = 0;
            int pongsRead = 0;
            while (messagesRead < before + after || pongsRead < pings) {
                Frame frame = socket.readFrame();
                if (frame.opCode() == RawSocket.PONG) {
                    assertThat(frame.text()).isEqualTo("ping " + pongsRead++);
                    assertThat(messagesRead).isGreaterThanOrEqualTo(pongsRead == 1 ? before : before + after);
                } else {
                    assertIsMessage(messagesRead++, frame);
                }
            }
            assertIsOpen(socket);
        }
    }

    /** Publishes without anybody reading, and says how many messages were handed over before one was not. */
    private static int publishUntilQueuedIs(int expected, String topic) {
        int published = 0;
        while (published < MOST_MESSAGES && relay.api().publish(topic, message(published)) != expected) {
            published++;
        }
        assertThat(published).isBetween(2, MOST_MESSAGES - 1);
        return published;
    }

    private static void assertIsOpen(RawSocket socket) throws IOException {
        socket.send(RawSocket.frame(0x80 | RawSocket.PING, Bytes.utf8("open?")));
        assertThat(socket.readFrame().text()).isEqualTo("open?");
    }

    private static void assertIsMessage(int number, Frame frame) {
        assertThat(frame.opCode()).isEqualTo(RawSocket.TEXT);
        assertThat(frame.fin()).isTrue();
        assertIsMessage(number, frame.text());
    }

    private static void assertIsMessage(int number, String text) {
        assertThat(text.equals(message(number)))
                .as("message %d, whole: %.20s… of %d characters", number, text, text.length())
                .isTrue();
    }

    private static String message(int number) {
        return number + ":" + "x".repeat(MESSAGE_CHARACTERS);
    }
}
