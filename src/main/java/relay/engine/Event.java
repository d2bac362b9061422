package relay.engine;

import java.util.List;
import java.util.Optional;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** Something that the backend is to hear of. Immutable, for any thread. */
public sealed interface Event {
    /** What kind of event it is, as the backend reads it. */
    String type();

    /** A registered client has its first connection. */
    record Connected(ClientId client, UserId user) implements Event {
        @Override
        public String type() {
            return "client.connected";
        }
    }

    /** The registration of a client that had been connected has ended. */
    record Gone(ClientId client, UserId user) implements Event {
        @Override
        public String type() {
            return "client.gone";
        }
    }

    /**
     * A message did not arrive: not all connections that got it have acknowledged it in time, or it was for one user, none of whose
     * clients had it before its {@code ttl} was over.
     *
     * @param topics where it was published
     * @param recipient the user it was for
     * @param confirm how many connections had acknowledged it when the time of its publisher was up; empty: its {@code ttl} was over
     */
    record Undelivered(MessageId message, List<Topic> topics, Optional<UserId> recipient, Optional<Confirm> confirm)
            implements Event {
        public Undelivered {
            topics = List.copyOf(topics);
        }

        @Override
        public String type() {
            return "message.undelivered";
        }
    }

    /**
     * How far the confirmation of a message had come.
     *
     * @param queued to how many connections it was handed
     * @param acknowledged how many of these had acknowledged it
     */
    record Confirm(int queued, int acknowledged) {}
}
