package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.engine.Journal;
import relay.engine.Journal.Presence;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;

/** Registrations that a backend has changed, on a disk that is full or whose relay ends at once. */
@Timeout(60)
class ChangedRegistrationTest extends StoredRegistrationFixture {
    private static final Topic CATS = new Topic("cats");
    private static final Topic DOGS = new Topic("dogs");
    private static final Topic BIRDS = new Topic("birds");
    private static final TopicFilter ALLOWED = TopicFilter.of(List.of(new TopicPattern("dogs")));
    private static final TopicFilter PUBLISH = TopicFilter.of(List.of(new TopicPattern("chat.*")));

    @Test
    void aChangeIsStoredAsAWholeWhenThatIsSaidThoughTheMachineEndsThen() {
        journal.acknowledged(id, 7);
        changed(Map.of(DOGS, 9L)).join();
        disk = disk.afterPowerCut("another", 1);
        Journal.Entry entry = restarted(id);
        assertThat(entry.registration().topics()).isEqualTo(Map.of(DOGS, 9L));
        assertThat(entry.registration().allowed().lists()).isEqualTo(ALLOWED.lists());
        assertThat(entry.registration().publish().lists()).isEqualTo(PUBLISH.lists());
        assertThat(entry.registration().granted()).isEqualTo(TopicFilter.ANY);
        assertThat(entry.cursor()).isEqualTo(7);
        assertThat(entry.presence()).isEqualTo(Presence.AWAITED);
    }

    @Test
    void theTopicsAreThoseThatCameLastHoweverManyChangesWaitTogether() {
        Semaphore permits = new Semaphore(0);
        disk.holdSyncs(permits);
        CompletableFuture<Void> first = journal.settled().toCompletableFuture();
        journal.connected(id, Map.of(CATS, 1L));
        CompletableFuture<Void> change = changed(Map.of(DOGS, 2L));
        journal.connected(id, Map.of(BIRDS, 3L));
        journal.acknowledged(id, 3);
        permits.release(1000);
        first.join();
        change.join();
        journal.settled().toCompletableFuture().join();
        TestDisk then = disk.afterKill(1);
        journal.connected(id, Map.of(CATS, 4L));
        CompletableFuture<Void> last = changed(Map.of(BIRDS, 5L));
        last.join();
        TestDisk later = disk.afterKill(1);
        disk = then;
        Journal.Entry entry = restarted(id);
        assertThat(entry.registration().topics()).isEqualTo(Map.of(BIRDS, 3L));
        assertThat(entry.presence()).isEqualTo(Presence.CONNECTED);
        assertThat(entry.cursor()).isEqualTo(3);
        disk = later;
        assertThat(restarted(id).registration().topics()).isEqualTo(Map.of(BIRDS, 5L));
    }

    @Test
    void itIsStoredWhenThatIsSaidThoughMoreWaitsThanIsWrittenAtOnce() {
        Semaphore permits = new Semaphore(0);
        disk.holdSyncs(permits);
        CompletableFuture<Void> first = changed(Map.of(BIRDS, 8L));
        await().until(permits::hasQueuedThreads);
        CompletableFuture<Void> change = changed(Map.of(DOGS, 9L));
        for (int i = 0; i < 40_000; i++) {
            journal.remove(ClientId.random());
        }
        // As few as it takes, so that what is written behind it is lost.
        await().until(() -> {
            permits.release(change.isDone() ? 0 : 1);
            return change.isDone();
        });
        assertThat(first).isDone();
        TestDisk before = disk;
        disk = disk.afterPowerCut("another", 1);
        assertThat(restarted(id).registration().topics()).isEqualTo(Map.of(DOGS, 9L));
        before.holdSyncs(new Semaphore(Integer.MAX_VALUE));
    }

    @Test
    void changesOfManyThreadsLeaveTheLastTopicsOfEach() {
        List<ClientId> others = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            others.add(add());
        }
        List<Thread> threads = others.stream()
                .map(other -> started(() -> {
                    for (long n = 1; n <= 200; n++) {
                        journal.connected(other, Map.of(CATS, n));
                        CompletableFuture<Void> change = changed(other, Map.of(DOGS, n));
                        if (n % 3 == 0) {
                            journal.connected(other, Map.of(BIRDS, n));
                        }
                        if (n % 7 == 0) {
                            change.join();
                        }
                    }
                }))
                .toList();
        threads.forEach(ChangedRegistrationTest::join);
        journal.settled().toCompletableFuture().join();
        disk = disk.afterKill(1);
        start();
        assertThat(others)
                .allSatisfy(other -> assertThat(
                                witness.entries().get(other).registration().topics())
                        .isEqualTo(Map.of(DOGS, 200L)));
    }

    @Test
    void itIsWrittenOnce() {
        journal.settled().toCompletableFuture().join();
        long before = disk.used();
        changed(Map.of(DOGS, 9L)).join();
        long once = disk.used() - before;
        journal.settled().toCompletableFuture().join();
        assertThat(disk.used() - before).isEqualTo(once);
        changed(Map.of(DOGS, 9L)).join();
        assertThat(disk.used() - before).isEqualTo(2 * once);
    }

    @Test
    void aCredentialAndAChangeInOneGroupAreBothStored() {
        inOneGroup(
                () -> journal.renewed(id, PUBLISH, Optional.of(now.plusSeconds(60)))
                        .toCompletableFuture(),
                () -> changed(Map.of(DOGS, 9L)));
        disk = disk.afterKill(1);
        Registration stored = restarted(id).registration();
        assertThat(stored.granted().lists()).isEqualTo(PUBLISH.lists());
        assertThat(stored.allowed().lists()).isEqualTo(ALLOWED.lists());
        assertThat(stored.ends()).isPresent();
    }

    @Test
    void oneThatIsRemovedInTheSameGroupIsGone() {
        inOneGroup(() -> changed(Map.of(DOGS, 9L)), () -> journal.remove(id).toCompletableFuture());
        stop();
        start();
        assertThat(witness.entries()).isEmpty();
    }

    @Test
    void whileTheDiskIsFullTheRequestFailsAndTheTopicsAreStoredWhenThereIsRoom() {
        disk.capacity(disk.used());
        fails(changed(Map.of(DOGS, 9L))).join();
        disk.capacity(Long.MAX_VALUE);
        now = now.plusSeconds(2);
        journal.settled().toCompletableFuture().join();
        changed(Map.of(BIRDS, 10L)).join();
        disk = disk.afterKill(1);
        assertThat(restarted(id).registration().topics()).isEqualTo(Map.of(BIRDS, 10L));
    }

    @Test
    void whatIsRefusedInAGroupThatCannotBeWrittenIsNotForgotten() {
        disk.capacity(disk.used());
        inOneGroup(
                () -> fails(changed(Map.of(DOGS, 9L))),
                () -> fails(journal.remove(id).toCompletableFuture()));
        disk.capacity(Long.MAX_VALUE);
        now = now.plusSeconds(2);
        journal.settled().toCompletableFuture().join();
        disk = disk.afterKill(1);
        Registration stored = restarted(id).registration();
        assertThat(stored.topics()).isEqualTo(Map.of(DOGS, 9L));
        assertThat(stored.allowed()).isEqualTo(TopicFilter.ANY);
        assertThat(stored.publish().isNothing()).isTrue();
    }

    @Test
    void oneThatIsNotStoredStaysSo() {
        changed(ClientId.random(), Map.of(DOGS, 9L)).join();
        disk = disk.afterKill(1);
        restarted(id);
        assertThat(witness.entries()).containsOnlyKeys(id);
    }

    private static Thread started(Runnable work) {
        Thread thread = new Thread(work, "changes");
        thread.start();
        return thread;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private CompletableFuture<Void> changed(Map<Topic, Long> topics) {
        return changed(id, topics);
    }

    private CompletableFuture<Void> changed(ClientId client, Map<Topic, Long> topics) {
        return journal.changed(client, topics, ALLOWED, PUBLISH).toCompletableFuture();
    }
}
