package relay.fanout;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.engine.Receiver;
import relay.history.HistoryReader.Archived;
import relay.history.StoredMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.Topic;

/** Messages that only the archive has, on their way to a client: it reads some, they are sent, and it reads more. The owning worker only. */
final class ArchivedPage {
    private List<Archived> messages;

    /** Whether nothing comes behind them, as far as is known. */
    private final boolean last;

    /** How many of them have been sent, or passed over. */
    private int done;

    /** What the archive read of those behind, and how many of these are done. */
    private List<Optional<Receiver.Past>> loaded = List.of();

    private int loadedDone;
    private @Nullable Throwable failure;
    private boolean dropped;

    ArchivedPage(List<Archived> messages, boolean last) {
        this.messages = messages;
        this.last = last;
    }

    boolean isLast() {
        return last;
    }

    /** Whether there is nothing more in it. */
    boolean isDone() {
        return done == messages.size();
    }

    /** The messages that are yet to be sent. */
    List<Archived> rest() {
        return messages.subList(done, messages.size());
    }

    /** So many are done that were not loaded. */
    void passed(int count) {
        done += count;
    }

    long[] locations() {
        return rest().stream().mapToLong(Archived::location).toArray();
    }

    /** The archive has read the first ones of the {@linkplain #rest() rest}. */
    void loaded(List<Optional<Receiver.Past>> read) {
        if (read.isEmpty() || read.size() > rest().size()) {
            failed(new IllegalStateException(read.size() + " of " + rest().size() + " messages were read"));
        } else {
            loaded = read;
            loadedDone = 0;
        }
    }

    /** The archive does not keep what it promises. */
    void failed(Throwable cause) {
        failure = cause;
    }

    /**
     * Whether there are messages to be taken.
     *
     * @throws IllegalStateException if the archive has failed
     */
    boolean isLoaded() {
        if (failure != null) {
            throw new IllegalStateException("the archive has failed", failure);
        }
        return loadedDone < loaded.size();
    }

    /**
     * Takes loaded messages, up to one that could not be read, as many as fit; the first always does. Those that have expired, or that
     * the client does not get, are passed over: so if there are none, and {@linkplain #isLoaded something} is left, that could not be read.
     */
    List<StoredMessage> take(long maxBytes, ClientId client, CatchUp catchUp) {
        List<StoredMessage> taken = new ArrayList<>();
        long bytes = 0;
        while (loadedDone < loaded.size() && loaded.get(loadedDone).isPresent()) {
            Receiver.Past past = loaded.get(loadedDone).get();
            if (past.isFor(client)) {
                Message message = past.message();
                bytes += message.text().size();
                if (bytes > maxBytes && !taken.isEmpty()) {
                    break;
                }
                Archived one = messages.get(done);
                Topic topic =
                        catchUp.firstAskedFor(message.topics()).orElse(one.log().topic());
                taken.add(StoredMessage.on(topic, one.sequence(), past.timeMillis(), message, 0));
            }
            next();
        }
        return taken;
    }

    /** Takes the message that could not be read. */
    Archived takeUnreadable() {
        Archived taken = messages.get(done);
        next();
        return taken;
    }

    private void next() {
        done++;
        loadedDone++;
    }

    /** Nobody waits for it any more: a read that is under way holds only its shell. */
    void drop() {
        dropped = true;
        messages = List.of();
        loaded = List.of();
        done = 0;
        loadedDone = 0;
    }

    boolean isDropped() {
        return dropped;
    }
}
