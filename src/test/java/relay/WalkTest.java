package relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** The relay as its users meet it first. */
class WalkTest {

    @AutoClose
    private final TestRelay relay = TestRelay.start();

    @Test
    void whoRegistersAndConnectsReceivesWhatIsPublished() {
        try (TestSocket socket = TestSocket.open(relay.api().register(1).url())) {
            assertThat(relay.api().publish(1, "cats", "are awesome")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("are awesome");
        }
    }

    @Test
    void topicsChangeOnTheSocket() {
        try (TestSocket socket = TestSocket.open(relay.api().register(1).url())) {
            socket.subscribe("dogs");
            assertThat(relay.api().publish("cats", "not asked for")).isZero();
            assertThat(relay.api().publish("dogs", "asked for")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("asked for");
        }
    }

    @Test
    void deletingTheRegistrationClosesItsSocketWith4404() {
        Registered client = relay.api().register(1);
        try (TestSocket socket = TestSocket.open(client.url())) {
            assertThat(relay.api().delete("/register/" + client.id()).status()).isEqualTo(200);
            assertThat(socket.closeCode()).isEqualTo(4404);
        }
    }
}
