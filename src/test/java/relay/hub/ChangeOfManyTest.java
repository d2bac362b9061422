package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.message.ClientId;

/** Changes of many clients at a time. */
@Timeout(30)
class ChangeOfManyTest {
    private static final int MANY = 100_000;

    private final List<ClientId> clients =
            IntStream.range(0, MANY).mapToObj(i -> ClientId.random()).toList();

    @Test
    void thatAllEndAtOnceTakesNoDeepStack() throws Exception {
        List<Registrar.Changed> all =
                changed(new ChangeOfMany<>(clients, id -> CompletableFuture.completedStage(done(id))));
        assertThat(all.stream().map(Registrar.Changed::id)).containsExactlyElementsOf(clients);
    }

    @Test
    void thatTheFirstsAreFailedLaterAndAllOthersAtOnceTakesNoDeepStack() throws Exception {
        CompletableFuture<Void> lost = new CompletableFuture<>();
        CompletionStage<List<Registrar.Changed>> changed = new ChangeOfMany<>(
                        clients, id -> lost.<Optional<Registrar.Changed>>thenApply(none -> done(id)))
                .begin();
        lost.complete(null);
        assertThat(changed.toCompletableFuture().get(10, TimeUnit.SECONDS)).hasSize(MANY);
    }

    private static Optional<Registrar.Changed> done(ClientId id) {
        return Optional.of(new Registrar.Changed(id, Set.of(), Optional.empty()));
    }

    private static List<Registrar.Changed> changed(ChangeOfMany<ClientId> many) throws Exception {
        return many.begin().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
