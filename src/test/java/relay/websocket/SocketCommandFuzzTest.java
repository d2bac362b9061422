package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import relay.hub.Subscription;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Topic;

class SocketCommandFuzzTest {
    private static final int MAX_TOPICS = 3;
    private final Json json = new Json(8);

    @FuzzTest
    void whateverIsSentIsACommandWithinItsBoundsOrRefused(byte[] input) {
        Subscription subscription;
        try {
            subscription = SocketCommand.read(json, new String(input, StandardCharsets.UTF_8), MAX_TOPICS);
        } catch (InvalidInputException e) {
            assertThat(e.detail()).isNotBlank();
            return;
        }
        assertThat(subscription.topics())
                .hasSizeLessThanOrEqualTo(MAX_TOPICS)
                .allSatisfy(topic -> assertThat(new Topic(topic.name())).isEqualTo(topic));
    }
}
