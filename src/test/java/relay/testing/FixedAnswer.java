package relay.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import relay.message.Topic;
import relay.outbound.SubscribeAnswer;

/** The same answer whatever the topics, none of which are too many. */
public record FixedAnswer(ByteBuffer frame) implements SubscribeAnswer {
    public static FixedAnswer of(String text) {
        return new FixedAnswer(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public Optional<ByteBuffer> refused(Set<Topic> topics) {
        return Optional.empty();
    }

    @Override
    public Optional<ByteBuffer> inForce(Set<Topic> topics) {
        return Optional.of(frame);
    }
}
