package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.json.Json;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UserId;

/** What a client is told whose backend changes what it may ask for while its command is on its way to the worker. */
class SubscribeAnswersTest {
    private static final Set<Topic> CATS = Set.of(new Topic("cats"));

    private final Client client =
            new Client(ClientId.random(), Optional.of(new UserId("ann")), Duration.ZERO, Permissions.EVERYTHING);

    @Test
    void whatIsNotAllowedAnyMoreIsRefused() {
        SubscribeAnswers add = answers(Subscription.Change.ADD);
        SubscribeAnswers replace = answers(Subscription.Change.REPLACE);
        assertThat(add.refused(CATS)).isEmpty();
        allow("dogs");
        assertThat(text(add.refused(CATS))).contains("not_allowed", "\\\"cats\\\"", "dogs");
        assertThat(text(replace.refused(CATS))).contains("not_allowed");
        allow("cats");
        assertThat(add.refused(CATS)).isEmpty();
    }

    @Test
    void whatIsNotAllowedAnyMoreMayBeRemoved() {
        SubscribeAnswers remove = answers(Subscription.Change.REMOVE);
        allow("dogs");
        assertThat(remove.refused(Set.of())).isEmpty();
    }

    private SubscribeAnswers answers(Subscription.Change change) {
        return new SubscribeAnswers(
                new Json(8), 1, true, client, client.permissions(), new Subscription(change, CATS, StartPosition.NOW));
    }

    private void allow(String pattern) {
        client.renew(new Permissions(
                TopicFilter.of(List.of(new TopicPattern(pattern))), TopicFilter.ANY, Permissions.NEVER));
    }

    private static String text(Optional<ByteBuffer> frame) {
        return StandardCharsets.UTF_8.decode(frame.orElseThrow().slice()).toString();
    }
}
