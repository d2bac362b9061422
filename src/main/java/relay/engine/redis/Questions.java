package relay.engine.redis;

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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Peers;
import relay.fatal.Fatal;

/** What relays ask each other, by the channels that they have of their own. For any thread. */
final class Questions implements Peers {
    /** What a channel's message begins with that is a question: {@code q <number> <relay that asks> <question>}. */
    private static final String ASKED = "q ";

    /** Likewise of an answer: {@code p <number> <answer>}. */
    static final String ANSWERED = "p ";

    private static final Logger LOG = LoggerFactory.getLogger(Questions.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** How many may be open: each is somebody's who runs the relays. */
    private static final int MOST = 100;

    private final Names names;
    private final String relay;
    private final Supplier<@Nullable Session> session;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, CompletableFuture<Optional<byte[]>>> open = new ConcurrentHashMap<>();

    private volatile @Nullable Function<String, CompletionStage<byte[]>> answers;

    /** @param session the one there is */
    Questions(Names names, String relay, Supplier<@Nullable Session> session) {
        this.names = names;
        this.relay = relay;
        this.session = session;
    }

    @Override
    public String name() {
        return relay;
    }

    @Override
    public void answerWith(Function<String, CompletionStage<byte[]>> how) {
        answers = how;
    }

    @Override
    public CompletionStage<Optional<byte[]>> ask(String whom, String question) {
        if (open.size() >= MOST) {
            return CompletableFuture.failedStage(
                    new CallFailedException(true, "as many questions to other relays are open as may be")
                            .unavailable());
        }
        long number = numbers.incrementAndGet();
        CompletableFuture<Optional<byte[]>> answer = new CompletableFuture<>();
        open.put(number, answer);
        send(whom, Bytes.of(ASKED + number + " " + relay + " " + question)).whenComplete((receivers, failure) -> {
            if (failure != null) {
                answer.completeExceptionally(failure);
            } else if (receivers == 0) {
                answer.complete(Optional.empty());
            }
        });
        return answer.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((told, failure) -> open.remove(number))
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(
                        new CallFailedException(true, "another relay could not be asked").unavailable()));
    }

    @Override
    public void report(ReplyTo replyTo, int queued, int acknowledged) {
        String text = "a " + replyTo.number() + " " + relay + " " + queued + " " + acknowledged;
        send(replyTo.relay(), Bytes.of(text)).exceptionally(failure -> {
            LOG.debug("a report was not sent: {}", failure.getMessage());
            return 0L;
        });
    }

    private CompletionStage<Long> send(String whom, byte[] text) {
        Session now = session.get();
        return now == null
                ? CompletableFuture.failedStage(new CallFailedException(true, "the engine is away"))
                : now.commands().async().publish(names.relay(whom), text);
    }

    /** A question has come. */
    void asked(String text) {
        String[] words = text.split(" ", 4);
        Function<String, CompletionStage<byte[]>> how = answers;
        if (how == null) {
            return;
        }
        how.apply(words[3])
                .thenCompose(answer -> send(words[2], Bytes.joined(Bytes.of(ANSWERED + words[1] + " "), answer)))
                .whenComplete(Fatal.watched((receivers, failure) -> {
                    if (failure != null) {
                        LOG.debug("another relay's question was not answered: {}", failure.getMessage());
                    }
                }));
    }

    /** An answer has come. */
    void answered(byte[] message) {
        int end = ANSWERED.length();
        while (message[end] != ' ') {
            end++;
        }
        String number = Bytes.text(Arrays.copyOfRange(message, ANSWERED.length(), end));
        CompletableFuture<Optional<byte[]>> answer = open.get(Long.parseLong(number));
        if (answer != null) {
            answer.complete(Optional.of(Arrays.copyOfRange(message, end + 1, message.length)));
        }
    }
}
