package relay.engine.redis;

import java.time.Duration;
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
 * Messages that the relay has the server send it by its own channel: when one comes, everything that was published before it
 * has come, since one socket keeps one order. For any thread.
 */
final class Barriers {
    private record Barrier(LongConsumer action, CompletableFuture<Long> arrived) {}

    /** How many probes a heartbeat outlives. */
    private static final int HEARTBEATS = 7;

    private final Keys keys;
    private final OrderedReceiver receiver;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, Barrier> open = new ConcurrentHashMap<>();

    Barriers(Keys keys, OrderedReceiver receiver) {
        this.keys = keys;
        this.receiver = receiver;
    }

    /** Asks for one; completes with the sequence at that moment. */
    CompletionStage<Long> raise(RedisConnection connection) {
        return raise(connection, sequence -> {});
    }

    /**
     * Likewise.
     *
     * @param action is done when it arrives, with the receiver's lock held
     */
    CompletionStage<Long> raise(RedisConnection connection, LongConsumer action) {
        return raise(
                action,
                number -> connection.call(
                        Script.BARRIER, new String[] {keys.log()}, connection.log(), keys.ownChannel(), number));
    }

    /** Asks for one by a script that writes too. */
    CompletionStage<Long> probe(RedisConnection connection, Duration everySoOften, Duration streamLife) {
        return raise(
                sequence -> {},
                number -> connection.call(
                        Script.PROBE,
                        new String[] {
                            keys.log(),
                            keys.heartbeat(),
                            keys.last(),
                            keys.lastBefore(),
                            keys.topicNames(),
                            keys.topicNamesBefore()
                        },
                        connection.log(),
                        keys.ownChannel(),
                        number,
                        heartbeatLife(everySoOften),
                        streamLife.toHours()));
    }

    /** @param everySoOften how often it is written */
    static Duration heartbeatLife(Duration everySoOften) {
        return everySoOften.multipliedBy(HEARTBEATS);
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

    /** One has come by a connection. */
    void arrived(PubSubListener listener, long number, long sequence) {
        Optional<Barrier> arrived = receiver.ask(told -> {
            // One that nobody waits for any more, or that only asked for the sequence, says nothing about the past.
            Optional<Barrier> barrier =
                    listener.isClosed() ? Optional.empty() : Optional.ofNullable(open.remove(number));
            barrier.ifPresent(waited -> {
                waited.action().accept(sequence);
                receiver.reached(sequence);
            });
            return barrier;
        });
        arrived.ifPresent(barrier -> barrier.arrived().complete(sequence));
    }

    /** The connection has ended: none will come. */
    void failAll(String why) {
        for (Long number : List.copyOf(open.keySet())) {
            Barrier barrier = open.remove(number);
            if (barrier != null) {
                barrier.arrived().completeExceptionally(EngineException.internal(why));
            }
        }
    }
}
