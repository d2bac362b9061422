package relay.outbound;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import relay.message.Topic;

/** What a client is told that asks for other topics. Called by the worker that owns it: it must neither block nor throw. */
public interface SubscribeAnswer {
    /** It is told nothing, and may have any number of topics. */
    SubscribeAnswer NONE = new SubscribeAnswer() {
        @Override
        public Optional<ByteBuffer> refused(Set<Topic> topics) {
            return Optional.empty();
        }

        @Override
        public Optional<ByteBuffer> inForce(Set<Topic> topics) {
            return Optional.empty();
        }
    };

    /** The frame that says why it may not have these topics, and keeps those that it has; empty: it may have them. */
    Optional<ByteBuffer> refused(Set<Topic> topics);

    /** The frame that says that it has these topics now; empty: it is not told. */
    Optional<ByteBuffer> inForce(Set<Topic> topics);
}
