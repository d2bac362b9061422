package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import relay.engine.Event;
import relay.engine.Outbox.Entry;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** Events as the server holds them. */
class EventTextTest {
    private static final UserId ODD = new UserId("two\nlines\n");
    private static final ClientId ID = ClientId.random();
    private static final MessageId MESSAGE = new MessageId("8d2b1f0c9a7e6453", 42);

    private static void assertIsReadAsItWas(Event event) {
        assertThat(EventText.entry("1764281515000-7 3\n" + EventText.of(event)))
                .isEqualTo(new Entry("1764281515000-0000000007", Instant.ofEpochMilli(1_764_281_515_000L), event, 3));
    }

    @Test
    void eachEventIsReadAsItWasWhateverItsUserIsCalled() {
        assertIsReadAsItWas(new Event.Connected(ID, ODD));
        assertIsReadAsItWas(new Event.Gone(ID, new UserId("1")));
        assertIsReadAsItWas(new Event.Undelivered(
                MESSAGE, List.of(new Topic("a b"), new Topic("\u2028")), Optional.of(ODD), Optional.empty()));
        assertIsReadAsItWas(new Event.Undelivered(
                MESSAGE, List.of(new Topic("a")), Optional.empty(), Optional.of(new Event.Confirm(3, 2))));
    }

    @Test
    void idsHaveTheOrderOfTheEventsAsTexts() {
        String gone = "\n" + EventText.of(new Event.Gone(ID, ODD));
        assertThat(List.of("999-1 0", "1764281515000-9 0", "1764281515000-10 0", "1764281515001-0 0"))
                .extracting(head -> EventText.entry(head + gone).id())
                .isSorted();
    }

    @Test
    void whatIsNoEventIsRefused() {
        assertThatThrownBy(() -> EventText.entry("1-1 0\nx\n")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> EventText.entry("1-1 0\nu\n8d2b1f0c9a7e6453-42\n-\n2\na\n"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
