package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import relay.engine.Epochs;
import relay.history.HistoryReader;
import relay.history.StoredMessage;
import relay.history.TopicLogKey;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.outbound.Encoding;
import relay.outbound.SharedFrames;

class ReplayFrameCacheTest {
    private static final Topic CATS = new Topic("cats");
    private static final Epochs EPOCHS = Epochs.first("one");

    private final Counting encoding = new Counting();
    private final ReplayFrameCache frames = new ReplayFrameCache(encoding);

    @Test
    void whatManyComeBackToIsEncodedOnce() {
        List<StoredMessage> page = page(LongStream.rangeClosed(1, 256), 100);
        String expected = expected(page, EPOCHS);
        IntStream.range(0, 2000)
                .forEach(i -> assertThat(text(frames.of(page, EPOCHS))).isEqualTo(expected));
        assertThat(encoding.encoded).isEqualTo(256);
    }

    @Test
    void whatNotEverybodyGetsOrGetsByThatTopicIsEncodedForEach() {
        Message several =
                new Message(List.of(CATS, new Topic("dogs")), Optional.empty(), Text.of("x"), MessageOptions.NONE);
        MessageOptions ttl =
                new MessageOptions(Optional.of(Duration.ofDays(1)), Optional.empty(), MessageOptions.Retain.NO);
        List<StoredMessage> page = List.of(
                held(1, 1),
                StoredMessage.on(CATS, 2, 0, several, 0),
                new StoredMessage(3, 0, new Message(List.of(CATS), Optional.empty(), Text.of("x"), ttl), 0),
                held(4, 1));
        String expected = expected(page, EPOCHS);
        assertThat(text(frames.of(page, EPOCHS))).isEqualTo(expected);
        assertThat(text(frames.of(page, EPOCHS))).isEqualTo(expected);
        assertThat(encoding.encoded).isEqualTo(6);
        assertThat(known(1, "cats")).isOne();
        assertThat(known(1, "dogs")).isZero();
        assertThat(known(2, "cats")).isZero();
        assertThat(known(3, "cats")).isZero();
    }

    private int known(long sequence, String topic) {
        TopicLogKey log = new TopicLogKey(new Topic(topic), Optional.empty());
        return frames.known(List.of(new HistoryReader.Archived(sequence, log, 0)), 1000, EPOCHS);
    }

    @Test
    void whatLiesOneBehindTheOtherIsSentFromThereAndTheRestIsJoined() {
        List<StoredMessage> page = page(LongStream.rangeClosed(1, 100), 10);
        ByteBuffer whole = frames.of(page, EPOCHS);
        assertThat(whole.capacity()).isEqualTo(512 << 10);
        List<StoredMessage> evenOnes =
                page.stream().filter(held -> held.sequence() % 2 == 0).toList();
        assertThat(text(frames.of(evenOnes, EPOCHS))).isEqualTo(expected(evenOnes, EPOCHS));
        assertThat(encoding.encoded).isEqualTo(100);
    }

    @Test
    void anyPagesOfAnySizesAreWhatTheyAreWithoutIt() {
        Random random = new Random(42);
        List<StoredMessage> all = new ArrayList<>();
        long sequence = 0;
        for (int i = 0; i < 3000; i++) {
            sequence += random.nextInt(3) == 0 ? 1 + random.nextInt(1 << 14) : 1;
            all.add(held(sequence, random.nextInt(20) == 0 ? random.nextInt(60_000) : random.nextInt(3_000)));
        }
        Epochs epochs = EPOCHS;
        for (int i = 0; i < 3000; i++) {
            if (random.nextInt(500) == 0) {
                epochs = new Epochs(
                        List.of(new Epochs.Epoch("one", 0, i, 0), new Epochs.Epoch("next" + i, i, Long.MAX_VALUE, 0)));
            }
            TreeSet<Integer> places = new TreeSet<>();
            int first = random.nextInt(all.size() - 100);
            IntStream.range(0, 1 + random.nextInt(50)).forEach(n -> places.add(first + random.nextInt(100)));
            List<StoredMessage> page = places.stream().map(all::get).toList();
            assertThat(text(frames.of(page, epochs)).equals(expected(page, epochs)))
                    .isTrue();
        }
    }

    @Test
    void aLargeMessageIsEncodedOnceAsLongAsAnybodyHoldsIt() {
        StoredMessage large = held(7, 1 << 20);
        SharedFrames first = frames.ofLarge(large, EPOCHS);
        assertThat(frames.ofLarge(large, EPOCHS)).isSameAs(first);
        assertThat(text(first.view())).isEqualTo(expected(List.of(large), EPOCHS));
        assertThat(frames.ofLarge(large, Epochs.first("other"))).isNotSameAs(first);
    }

    @Test
    void howOftenItWasLookedAtSinceItWasUsedIsKnown() {
        frames.of(page(LongStream.of(1), 1), EPOCHS);
        assertThat(frames.rest()).isEqualTo(1);
        assertThat(frames.rest()).isEqualTo(2);
        frames.of(page(LongStream.of(1), 1), EPOCHS);
        assertThat(frames.rest()).isEqualTo(1);
    }

    private static List<StoredMessage> page(LongStream sequences, int size) {
        return sequences.mapToObj(sequence -> held(sequence, size)).toList();
    }

    private static StoredMessage held(long sequence, int size) {
        String text = Long.toString(sequence).repeat(size).substring(0, size);
        return new StoredMessage(sequence, 0, new Message(CATS, Optional.empty(), Text.of(text)), 0);
    }

    private static String expected(List<StoredMessage> page, Epochs epochs) {
        StringBuilder all = new StringBuilder();
        page.forEach(held -> all.append(epochs.id(held.sequence()))
                .append(held.message().text())
                .append('\n'));
        return all.toString();
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    /** A line of an id and a text. */
    private static final class Counting implements Encoding {
        private int encoded;

        @Override
        public long maxSize(Message message) {
            return 64L + message.text().size();
        }

        @Override
        public void encode(AcceptedMessage accepted, ByteBuffer target) {
            encoded++;
            target.put(accepted.id().toString().getBytes(StandardCharsets.UTF_8));
            accepted.message().text().putInto(target);
            target.put((byte) '\n');
        }

        @Override
        public boolean ping(long sequence, ByteBuffer target) {
            return false;
        }

        @Override
        public ByteBuffer encode(Gap gap) {
            return ByteBuffer.allocate(0);
        }
    }
}
