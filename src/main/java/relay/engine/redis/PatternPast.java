package relay.engine.redis;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import relay.message.Topic;
import relay.message.UserId;

/** Brings the past of all topics that match a pattern, at most {@value TopicNames#PAGE} streams at a time. For any thread. */
record PatternPast(Keys keys, StreamReader streams) {

    /**
     * Brings the past of one topic after the other, and at last, under the pattern's own name and without a message, up to which
     * sequence messages of other topics may be missing.
     *
     * @param room how many bytes of text there is room for, in all of them
     * @param receiver is called by the executor
     */
    CompletionStage<Void> load(
            RedisConnection connection,
            Topic pattern,
            Optional<UserId> recipient,
            AtomicLong room,
            Consumer<StreamReader.Loaded> receiver,
            Executor executor) {
        TopicNames names = TopicNames.ofAll(keys, connection, pattern);
        Function<Topic, CompletionStage<StreamReader.Loaded>> read =
                topic -> streams.load(connection, topic, recipient, 0, Long.MAX_VALUE, room);
        return page(names, read, receiver, executor)
                // No stream is named so: hence what may be missing of one that is not known any more.
                .thenCompose(done -> streams.load(connection, pattern, recipient, 0, Long.MAX_VALUE, new AtomicLong()))
                .thenAcceptAsync(rest -> receiver.accept(names.isWhole() ? rest : missing(rest)), executor);
    }

    /** Brings the retained values of all topics that match. */
    CompletionStage<Void> values(
            RedisConnection connection,
            Topic pattern,
            Optional<UserId> recipient,
            Consumer<StreamReader.Loaded> receiver,
            Executor executor) {
        TopicNames names = TopicNames.ofRetained(keys, connection, pattern);
        return page(names, topic -> streams.value(connection, topic, recipient), receiver, executor);
    }

    private CompletionStage<Void> page(
            TopicNames names,
            Function<Topic, CompletionStage<StreamReader.Loaded>> read,
            Consumer<StreamReader.Loaded> receiver,
            Executor executor) {
        return names.next()
                .thenComposeAsync(
                        topics -> topics.isEmpty()
                                ? CompletableFuture.completedStage(null)
                                : CompletableFuture.allOf(topics.stream()
                                                .map(topic -> read.apply(topic)
                                                        .thenAcceptAsync(receiver, executor)
                                                        .toCompletableFuture())
                                                .toArray(CompletableFuture[]::new))
                                        .thenComposeAsync(loaded -> page(names, read, receiver, executor), executor),
                        executor);
    }

    /** Anything up to the newest message may be missing: where there is no value, that is what comes with it. */
    private static StreamReader.Loaded missing(StreamReader.Loaded rest) {
        return new StreamReader.Loaded(
                rest.topic(), rest.recipient(), List.of(), rest.retained().sequence(), rest.retained());
    }
}
