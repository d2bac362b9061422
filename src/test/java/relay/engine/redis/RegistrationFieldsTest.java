package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import relay.client.Overflow;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.Topic;

class RegistrationFieldsTest {
    @Test
    void whatAnOlderVersionTookForATopicIsLeftOutUnlessItIsAnAllowedPattern() {
        List<Object> fields = Stream.of(
                        "alice", "7 cats\n8 a.*\n9 **\n10 dogs\n11 a.**.b\n", "\na.*\ncats\n", "60000", "", "", "", "")
                .<Object>map(Script::argument)
                .toList();
        List<Object> reply = new ArrayList<>(List.of(1L));
        reply.addAll(fields);
        Registration registration = RegistrationFields.parse(ClientId.random(), new Reply(reply));
        assertThat(registration.topics())
                .isEqualTo(Map.of(new Topic("cats"), 7L, new Topic("a.*"), 8L, new Topic("dogs"), 10L));
        assertThat(registration.overflow()).isEqualTo(Overflow.CLOSE);
        assertThat(registration.allowed().allows(new Topic("a.b"))).isTrue();
    }
}
