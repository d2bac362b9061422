package relay.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where an engine keeps messages that the relay no longer has in memory, so that clients get them all the same. For any thread;
 * nothing blocks.
 */
public interface Archive {
    /** The location of a message that is not in the archive. */
    long NOWHERE = -1;

    /** Has nothing: no message has a location there. */
    Archive NONE = (locations, mostBytes) -> CompletableFuture.completedStage(Arrays.stream(locations)
            .mapToObj(location -> Optional.<Receiver.Past>empty())
            .toList());

    /**
     * Reads messages by the locations with which the {@link Receiver} was given them.
     *
     * @param locations at least one, in the order of their sequence
     * @param mostBytes how many bytes of text to read, unless the first message alone is larger
     * @return the first ones of these, at least one, as many as fit; empty for one that cannot be read any more: it is damaged, or
     *     the receiver was told before that it is {@linkplain Receiver#trimmed trimmed}. It completes in a thread of the engine, perhaps much later, and never fails
     */
    CompletionStage<List<Optional<Receiver.Past>>> read(long[] locations, int mostBytes);
}
