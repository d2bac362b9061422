package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import relay.engine.Receiver;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** What is said of the past of a topic where the server has dropped it: what is missing is a gap, whatever made it so. */
class RedisDroppedStreamsTest extends PairOfEngines {
    private static final Topic CATS = new Topic("cats");
    private static final Topic DOGS = new Topic("dogs");
    private static final UserId ANNA = new UserId("anna");
    private static final String STREAM = "{relay}:h:cats";

    @Test
    void aDroppedStreamIsMissingUpToItsLastMessageAndNoOtherIs() {
        long last = publish(3);
        server.ask("DEL", STREAM);
        publishOn(DOGS);
        two.follow(Optional.of(ANNA), CATS, DOGS);
        assertThat(two.loaded(CATS, Optional.empty()).trimmedThrough()).isEqualTo(last);
        assertThat(two.loaded(CATS, Optional.empty()).messages()).isEmpty();
        assertThat(two.loaded(CATS, Optional.of(ANNA)).trimmedThrough()).isZero();
        assertThat(two.loaded(DOGS, Optional.empty()).trimmedThrough()).isZero();
    }

    @Test
    void whatIsPublishedSinceDoesNotHideWhatIsMissing() {
        long last = publish(3);
        server.ask("DEL", STREAM);
        long since = publish(2);
        two.follow(Optional.of(ANNA), CATS);
        assertThat(two.loaded(CATS, Optional.empty()).trimmedThrough()).isEqualTo(last);
        assertThat(two.loaded(CATS, Optional.empty()).messages())
                .extracting(Receiver.Past::sequence)
                .containsExactly(since - 1, since);
    }

    @Test
    void anExpiredStreamIsMissingToo() {
        long last = publish(1);
        server.ask("PEXPIRE", STREAM, "1");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> server.ask("EXISTS", STREAM).get(0).equals("0"));
        two.follow(Optional.of(ANNA), CATS);
        assertThat(two.loaded(CATS, Optional.empty()).trimmedThrough()).isEqualTo(last);
    }

    @Test
    void whereTheServerHasDroppedWhatItKnewOfStreamsTooAnyMayBeMissing() {
        long last = publish(3);
        server.ask("DEL", STREAM, "{relay}:last", "{relay}:last:before");
        two.follow(Optional.of(ANNA), CATS);
        assertThat(two.loaded(CATS, Optional.empty()).trimmedThrough()).isEqualTo(last);
        long next = publish(1);
        two.follow(Optional.of(ANNA), DOGS);
        assertThat(two.loaded(DOGS, Optional.empty()).trimmedThrough()).isBetween(last, next - 1);
        server.ask("DEL", STREAM);
        one.follow(Optional.of(ANNA), CATS);
        assertThat(one.receiver.loaded)
                .filteredOn(past -> past.recipient().isEmpty())
                .extracting(RecordingReceiver.Loaded::trimmedThrough)
                .containsExactly(next);
    }

    @Test
    void aDroppedStreamIsMissingForARelayThatWasCutOff() {
        MessageId first = publishOn(CATS);
        two.follow(CATS);
        line.cut();
        two.awaitTrouble();
        long last = publish(2);
        server.ask("DEL", STREAM);
        line.mend();
        await().atMost(TestEngine.PATIENCE).until(() -> !two.receiver.missed.isEmpty());
        assertThat(two.receiver.missed)
                .containsExactly(new RecordingReceiver.Missed(CATS, Optional.empty(), first, last));
    }

    @Test
    void whatIsKnownOfStreamsIsKeptForAsLongAsTheyAreAndNotForever() {
        long last = publish(1);
        rotate();
        server.ask("DEL", STREAM);
        two.follow(Optional.of(ANNA), CATS);
        assertThat(two.loaded(CATS, Optional.empty()).trimmedThrough()).isEqualTo(last);
        publishOn(DOGS);
        rotate();
        assertThat(server.ask("HEXISTS", "{relay}:last:before", STREAM)).containsExactly("0");
        one.follow(Optional.of(ANNA), CATS);
        assertThat(one.receiver.loaded)
                .extracting(RecordingReceiver.Loaded::trimmedThrough)
                .containsOnly(last);
    }

    /** As if the life of a stream had passed. */
    private void rotate() {
        server.ask("HSET", "{relay}:last", "hour", "0");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> !server.ask("HGET", "{relay}:last", "hour").get(0).equals("0"));
    }

    /** The sequence of the last one. */
    private long publish(int count) {
        long last = 0;
        for (int i = 0; i < count; i++) {
            last = publishOn(CATS).sequence();
        }
        return last;
    }

    private MessageId publishOn(Topic topic) {
        return one.store(topic, "hello");
    }
}
