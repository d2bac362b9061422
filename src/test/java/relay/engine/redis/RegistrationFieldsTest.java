package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import relay.client.ClientId;
import relay.engine.Registration;
import relay.message.Topic;

class RegistrationFieldsTest {
    @Test
    void whatAnOlderVersionTookForATopicIsLeftOut() {
        Registration registration = RegistrationFields.parse(
                ClientId.random(),
                List.of(
                        1L,
                        Bytes.of("alice"),
                        Bytes.of("7 cats\n8 a.*\n9 **\n10 dogs\n"),
                        Bytes.of("\na.*\ncats\n"),
                        Bytes.of(60_000),
                        Bytes.NONE));
        assertThat(registration.topics()).isEqualTo(Map.of(new Topic("cats"), 7L, new Topic("dogs"), 10L));
        assertThat(registration.allowed().allows(new Topic("a.b"))).isTrue();
    }
}
