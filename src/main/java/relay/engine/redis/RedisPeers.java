package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Peers;
import relay.engine.Peers.ReplyTo;
import relay.fatal.Fatal;

/** What relays ask and tell each other, by the channels that they have of their own. For any thread. */
final class RedisPeers implements Peers {
    /** What an answer begins with: {@code p <number> <answer>}. A question is {@code q <number> <relay that asks> <word> <question>}. */
    static final String ANSWER = "p ";

    private static final Logger LOG = LoggerFactory.getLogger(RedisPeers.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** How many questions may be open: each is of somebody who runs the relays, or changes a client. */
    private static final int MOST = 1000;

    private final Keys keys;
    private final CurrentConnection server;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, CompletableFuture<Optional<byte[]>>> open = new ConcurrentHashMap<>();

    private final Map<String, Function<String, CompletionStage<byte[]>>> answers = new ConcurrentHashMap<>();

    RedisPeers(Keys keys, CurrentConnection server) {
        this.keys = keys;
        this.server = server;
    }

    @Override
    public String name() {
        return keys.relay();
    }

    @Override
    public void answerWith(String about, Function<String, CompletionStage<byte[]>> how) {
        answers.put(about, how);
    }

    @Override
    public CompletionStage<Optional<byte[]>> ask(String whom, String about, String question) {
        if (open.size() >= MOST) {
            return CompletableFuture.failedStage(
                    EngineException.refused("as many questions to other relays are open as may be")
                            .unavailable());
        }
        long number = numbers.incrementAndGet();
        CompletableFuture<Optional<byte[]>> answer = new CompletableFuture<>();
        open.put(number, answer);
        send(whom, "q " + number + " " + name() + " " + about + " " + question).whenComplete((receivers, failure) -> {
            if (failure != null) {
                answer.completeExceptionally(failure);
            } else if (receivers == 0) {
                answer.complete(Optional.empty());
            }
        });
        return answer.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((told, failure) -> open.remove(number))
                .exceptionallyCompose(failure ->
                        CompletableFuture.failedStage(EngineException.refused("another relay could not be asked")
                                .unavailable()));
    }

    @Override
    public void report(ReplyTo replyTo, int queued, int acknowledged) {
        sendReport(replyTo.relay(), "a " + replyTo.number() + " " + name() + " " + queued + " " + acknowledged);
    }

    /** A copy of a message that another relay published brings nothing here: another copy does, or did. */
    void reportDropped(String relay, long number) {
        sendReport(relay, "x " + number);
    }

    private void sendReport(String relay, String report) {
        send(relay, report).exceptionally(failure -> {
            LOG.debug("a report was not sent: {}", failure.getMessage());
            return 0L;
        });
    }

    private CompletionStage<Long> send(String whom, String text) {
        return server.publish(keys.channelOf(whom), text.getBytes(StandardCharsets.UTF_8));
    }

    /** A question has come. */
    void asked(String text) {
        String[] words = text.split(" ", 5);
        Function<String, CompletionStage<byte[]>> how = answers.get(words[3]);
        if (how == null) {
            return;
        }
        how.apply(words[4])
                .thenCompose(answer -> answer(words[2], words[1], answer))
                .whenComplete(Fatal.watched((receivers, failure) -> {
                    if (failure != null) {
                        LOG.debug("another relay's question was not answered: {}", failure.getMessage());
                    }
                }));
    }

    private CompletionStage<Long> answer(String whom, String number, byte[] answer) {
        byte[] head = (ANSWER + number + " ").getBytes(StandardCharsets.UTF_8);
        byte[] whole = Arrays.copyOf(head, head.length + answer.length);
        System.arraycopy(answer, 0, whole, head.length, answer.length);
        return server.publish(keys.channelOf(whom), whole);
    }

    /** An answer has come. */
    void answered(byte[] message) {
        int end = ANSWER.length();
        while (message[end] != ' ') {
            end++;
        }
        String number = Reply.text(Arrays.copyOfRange(message, ANSWER.length(), end));
        CompletableFuture<Optional<byte[]>> answer = open.get(Long.parseLong(number));
        if (answer != null) {
            answer.complete(Optional.of(Arrays.copyOfRange(message, end + 1, message.length)));
        }
    }
}
