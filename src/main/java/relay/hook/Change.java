package relay.hook;

import java.util.Optional;
import relay.engine.Event;
import relay.engine.Outbox.Entry;
import relay.message.ClientId;
import relay.message.UserId;

/**
 * A step from one {@link OutboxState} to the next. What has happened is a list of them, in memory as in the file: so what is read again
 * becomes the same. Immutable, for any thread.
 */
sealed interface Change {
    /** Makes it. With the state's lock held. */
    void applyTo(OutboxState state);

    /** About how many bytes of memory are kept for it. */
    default long cost() {
        return OutboxState.LEAST_COST;
    }

    /** An event has happened. If it is that a message was not received in time, this is watched no longer. */
    record Added(Entry entry) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.add(entry);
        }

        @Override
        public long cost() {
            return OutboxState.cost(entry.event());
        }
    }

    /** The oldest event outside the batch was dropped. */
    record Dropped(String id) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.drop(id);
        }
    }

    /** The events up to this one are a batch. */
    record Fixed(String last) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.fix(last);
        }
    }

    /** The backend has the events up to this one. */
    record Taken(String last) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.take(last);
        }
    }

    /** There was an event with this id, which does not wait any more. */
    record Reached(String id) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.reach(id);
        }
    }

    /** So many were dropped since the last event. */
    record Missed(long count) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.miss(count);
        }
    }

    /** A message is to be received until a time, in milliseconds since 1970. */
    record Watched(Event.Undelivered event, long untilMillis) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.watch(event, untilMillis);
        }

        @Override
        public long cost() {
            return OutboxState.cost(event);
        }
    }

    /** A watched message was received. */
    record Received(long sequence) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.received(sequence);
        }
    }

    /** A message is watched no longer, since there were too many: whether it is received will not be known. */
    record Unwatched(long sequence) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.received(sequence);
            state.miss(1);
        }
    }

    /** A client is there, of which an older event has told. */
    record Present(ClientId client, UserId user) implements Change {
        @Override
        public void applyTo(OutboxState state) {
            state.present(client, Optional.of(user));
        }
    }
}
