package relay.engine.disk;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import relay.engine.IdempotencyKey;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.TopicFilter;
import relay.message.UnavailableException;

/** Something other than a message that is to be stored, and somebody waits for it. */
sealed interface Request {
    /** It was not stored, or it is not known whether it was. */
    void refuse(UnavailableException cause);

    /** A new registration. */
    record Add(Registration registration, CompletableFuture<MessageId> newest) implements Request {
        @Override
        public void refuse(UnavailableException cause) {
            newest.completeExceptionally(cause);
        }
    }

    /** The end of a registration. */
    record Remove(ClientId id, CompletableFuture<Void> done) implements Request {
        @Override
        public void refuse(UnavailableException cause) {
            done.completeExceptionally(cause);
        }
    }

    /** Another credential of a registration. */
    record Renew(ClientId id, TopicFilter granted, Optional<Instant> ends, CompletableFuture<Void> done)
            implements Request {
        @Override
        public void refuse(UnavailableException cause) {
            done.completeExceptionally(cause);
        }
    }

    /** Other permissions of a registration that are its own; its topics are in {@link Changes}. */
    record Change(ClientId id, TopicFilter allowed, TopicFilter publish, CompletableFuture<Void> done)
            implements Request {
        @Override
        public void refuse(UnavailableException cause) {
            done.completeExceptionally(cause);
        }
    }

    /** The answer to a publish with a key; it is nice to have. */
    record Answer(IdempotencyKey key, String answer, CompletableFuture<Void> done) implements Request {
        @Override
        public void refuse(UnavailableException cause) {
            done.complete(null);
        }
    }

    /** All before, changes and cursors too. */
    record Settle(CompletableFuture<Void> done) implements Request {
        @Override
        public void refuse(UnavailableException cause) {
            done.completeExceptionally(cause);
        }
    }
}
