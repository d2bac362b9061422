package relay.engine.redis;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * What the server is asked to send by the relay's own channel: when it comes, everything that was published before it has
 * come, since one connection keeps one order. For any thread.
 */
final class Barriers {
    private record Barrier(LongConsumer action, CompletableFuture<Long> arrived) {}

    /** How many probes a heartbeat outlives. */
    private static final int HEARTBEATS = 7;

    private final Names names;
    private final String relay;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, Barrier> open = new ConcurrentHashMap<>();

    Barriers(Names names, String relay) {
        this.names = names;
        this.relay = relay;
    }

    /**
     * Asks for one; completes with its sequence.
     *
     * @param action is done when it arrives, with the inbox's lock held
     */
    CompletionStage<Long> raise(Session session, LongConsumer action) {
        return raise(
                action,
                number -> session.call(
                        Script.BARRIER,
                        new String[] {names.log()},
                        session.log(),
                        Bytes.of(names.relay(relay)),
                        Bytes.of(number)));
    }

    CompletionStage<Long> raise(Session session) {
        return raise(session, sequence -> {});
    }

    /** Asks for one by a script that writes too. */
    CompletionStage<Long> probe(Session session, Times times, long strandHours) {
        return raise(
                sequence -> {},
                number -> session.call(
                        Script.PROBE,
                        new String[] {names.log(), names.heartbeat(relay), names.last(), names.lastBefore()},
                        session.log(),
                        Bytes.of(names.relay(relay)),
                        Bytes.of(number),
                        Bytes.of(times.probe().multipliedBy(HEARTBEATS)),
                        Bytes.of(strandHours)));
    }

    /** It may arrive before the call returns. */
    private CompletionStage<Long> raise(LongConsumer action, LongFunction<CompletionStage<?>> call) {
        long number = numbers.incrementAndGet();
        Barrier barrier = new Barrier(action, new CompletableFuture<>());
        open.put(number, barrier);
        call.apply(number).whenComplete((answer, failure) -> {
            if (failure != null) {
                open.remove(number);
                barrier.arrived().completeExceptionally(failure);
            }
        });
        return barrier.arrived();
    }

    /** It has come: with the inbox's lock held. What is returned is to be completed without it. */
    Optional<CompletableFuture<Long>> arrived(long number, long sequence) {
        Barrier barrier = open.remove(number);
        if (barrier == null) {
            return Optional.empty();
        }
        barrier.action().accept(sequence);
        return Optional.of(barrier.arrived());
    }

    /** The session has ended: none will come. */
    void failAll(String why) {
        for (Long number : List.copyOf(open.keySet())) {
            Barrier barrier = open.remove(number);
            if (barrier != null) {
                barrier.arrived().completeExceptionally(CallFailedException.unexplained(why));
            }
        }
    }
}
