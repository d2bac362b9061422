package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.engine.Journal;
import relay.engine.Journal.Presence;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;

/** Registrations that get another credential, on a disk that is full or whose relay ends at once. */
@Timeout(60)
class RenewedRegistrationTest extends StoredRegistrationFixture {
    private static final Topic DOGS = new Topic("dogs");
    private static final TopicFilter GRANTED = TopicFilter.of(List.of(new TopicPattern("dogs")));

    private final Instant end = now.plusSeconds(1000);

    @Test
    void anotherCredentialIsStoredWhenThatIsSaidThoughTheMachineEndsThen() {
        journal.connected(id, Map.of(DOGS, 3L));
        renewed(id, TopicFilter.ANY, now.plusSeconds(1)).join();
        journal.acknowledged(id, 7);
        renewed(id, GRANTED, end).join();
        disk = disk.afterPowerCut("another", 1);
        Journal.Entry entry = restarted(id);
        assertThat(entry.registration().topics()).isEqualTo(Map.of(DOGS, 3L));
        assertThat(entry.registration().allowed()).isEqualTo(TopicFilter.ANY);
        assertThat(entry.registration().granted().lists()).isEqualTo(GRANTED.lists());
        assertThat(entry.registration().ends()).contains(end);
        assertThat(entry.presence()).isEqualTo(Presence.CONNECTED);
    }

    @Test
    void whatChangesBehindItIsStoredToo() {
        renewed(id, GRANTED, end).join();
        journal.connected(id, Map.of(DOGS, 5L));
        journal.acknowledged(id, 6);
        journal.settled().toCompletableFuture().join();
        disk = disk.afterKill(1);
        Journal.Entry entry = restarted(id);
        assertThat(entry.registration().topics()).isEqualTo(Map.of(DOGS, 5L));
        assertThat(entry.cursor()).isEqualTo(6);
        assertThat(entry.registration().ends()).contains(end);
    }

    @Test
    void oneThatIsRemovedInTheSameGroupIsGone() {
        inOneGroup(() -> renewed(id, GRANTED, end), () -> journal.remove(id).toCompletableFuture());
        now = now.plusSeconds(2);
        // What comes too late brings nothing back.
        journal.connected(id, Map.of(DOGS, 5L));
        journal.settled().toCompletableFuture().join();
        stop();
        start();
        assertThat(witness.entries()).isEmpty();
    }

    @Test
    void nothingChangesWhileTheDiskIsFullThoughItIsRemovedInTheSameGroup() {
        disk.capacity(disk.used());
        inOneGroup(
                () -> fails(renewed(id, GRANTED, end)),
                () -> fails(journal.remove(id).toCompletableFuture()));
        disk.capacity(Long.MAX_VALUE);
        now = now.plusSeconds(2);
        journal.settled().toCompletableFuture().join();
        disk = disk.afterKill(1);
        Registration stored = restarted(id).registration();
        assertThat(stored.granted()).isEqualTo(TopicFilter.ANY);
        assertThat(stored.ends()).isEmpty();
    }

    @Test
    void oneThatIsNotStoredStaysSo() {
        renewed(ClientId.random(), GRANTED, end).join();
        disk = disk.afterKill(1);
        restarted(id);
        assertThat(witness.entries()).containsOnlyKeys(id);
    }

    @Test
    void oneThatGrowsBeyondTheShareOfTheDiskIsRefused() {
        List<TopicPattern> many = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            many.add(new TopicPattern("x".repeat(240) + i));
        }
        List<ClientId> others = new ArrayList<>();
        List<CompletableFuture<Void>> renewals = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            others.add(add());
            renewals.add(renewed(others.get(i), TopicFilter.of(many), end).handle((none, failure) -> {
                if (failure != null) {
                    assertThat(failure).hasMessageContaining("registrations on its disk");
                }
                return null;
            }));
        }
        renewals.forEach(CompletableFuture::join);
        disk = disk.afterKill(1);
        restarted(id);
        assertThat(witness.entries().values().stream()
                        .filter(entry -> entry.registration().ends().isPresent())
                        .count())
                .isBetween(20L, 40L);
    }

    private CompletableFuture<Void> renewed(ClientId client, TopicFilter granted, Instant ends) {
        return journal.renewed(client, granted, Optional.of(ends)).toCompletableFuture();
    }
}
