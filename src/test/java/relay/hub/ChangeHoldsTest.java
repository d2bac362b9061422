package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.RegistrationChange;
import relay.message.Topic;

/** Which topics an engine is asked to follow until a change is in force. */
class ChangeHoldsTest {
    private final List<Set<Topic>> followed = new CopyOnWriteArrayList<>();

    @AutoClose
    private final TestHub relay = new TestHub(new NumberingEngine() {
        @Override
        public CompletionStage<Hold> follow(Set<Topic> topics, Optional<Reader> past) {
            followed.add(topics);
            return super.follow(topics, past);
        }
    });

    @Test
    void whatTheClientHasAlreadyIsFollowedTooForItMayGiveThatUpInBetween() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        followed.clear();
        TestHub.join(relay.hub
                .registrar()
                .change(
                        client.id().secret(),
                        new RegistrationChange(
                                TestHub.topics("cats", "dogs"), Set.of(), Optional.empty(), Optional.empty()))
                .toCompletableFuture());
        assertThat(followed).containsExactly(TestHub.topics("cats", "dogs"));
    }
}
