package relay.engine;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import relay.message.UnavailableException;

/** The relays of a group, who can ask each other for what only one of them has. For any thread; nothing blocks. */
public interface Peers {
    /** What this relay is called among them for as long as it runs: letters and digits. */
    String name();

    /**
     * Asks another one.
     *
     * @return empty if there is no relay of this name; fails with {@link UnavailableException} if it does not answer within a few
     *     seconds, or cannot be asked now
     */
    CompletionStage<Optional<byte[]>> ask(String relay, String question);

    /**
     * Says how this relay answers. To be called once.
     *
     * @param answers called by a thread that must not wait
     */
    void answerWith(Function<String, CompletionStage<byte[]>> answers);
}
