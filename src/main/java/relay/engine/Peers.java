package relay.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import relay.message.UnavailableException;

/** The other relays that share an engine, and what relays ask and tell each other. For any thread; nothing blocks. */
public interface Peers {
    /**
     * Which publication at which relay a report is about; it comes with the message.
     *
     * @param relay the relay where it was published
     * @param number the number that the publication has there
     * @param within how long to gather acknowledgements
     */
    record ReplyTo(String relay, long number, Duration within) {}

    /** This relay's own name among them, for as long as it runs: letters and digits. */
    String name();

    /**
     * Asks another relay.
     *
     * @param about which of its {@linkplain #answerWith answers}: a word
     * @return empty if there is no relay of this name; fails with {@link UnavailableException} if it does not answer within a
     *     few seconds, or cannot be asked now
     */
    CompletionStage<Optional<byte[]>> ask(String relay, String about, String question);

    /**
     * Says how this relay answers the questions of others. To be called once for each word.
     *
     * @param about a word
     * @param answers called by a thread that must not wait
     */
    void answerWith(String about, Function<String, CompletionStage<byte[]>> answers);

    /**
     * Reports to the relay where a message was published, which is told by {@link Publication#elsewhere}. It may get lost.
     *
     * @param queued to how many connections it was handed here
     * @param acknowledged how many of these have acknowledged it
     */
    void report(ReplyTo replyTo, int queued, int acknowledged);
}
