package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.publish.Backlog;
import relay.publish.PendingPublish;
import relay.testing.HandedOver;
import relay.testing.LineEncoding;

class FrameBufferTest {
    private static final int MESSAGES = 40;

    private final Random random = new Random(16);

    /** Where a message lies in a buffer. */
    private record Place(int number, int from, int to) {}

    @Test
    void whatIsTakenBackIsEveryMessageThatBeginsInTheRunAndNoOther() {
        List<FrameBuffer> formats = List.of(
                new FrameBuffer(new LineEncoding(""), MESSAGES, 64 << 10),
                new FrameBuffer(new LineEncoding("> "), MESSAGES, 64 << 10));
        for (int batch = 0; batch < 2000; batch++) {
            List<List<Place>> places = encodeSome(formats);
            int[] counts = random.ints(MESSAGES, 5, 10).toArray();
            int[] naive = counts.clone();
            for (int format = 0; format < formats.size(); format++) {
                List<Place> all = places.get(format);
                if (!all.isEmpty()) {
                    int first = random.nextInt(all.size());
                    int last = first + random.nextInt(all.size() - first);
                    all.subList(first, last + 1).forEach(place -> naive[place.number()]--);
                    formats.get(format)
                            .takeBack(all.get(first).from(), all.get(last).to(), counts);
                }
            }
            assertThat(counts).isEqualTo(naive);
            formats.forEach(FrameBuffer::clear);
        }
    }

    private List<List<Place>> encodeSome(List<FrameBuffer> formats) {
        List<List<Place>> places = List.of(new ArrayList<>(), new ArrayList<>());
        int messages = 1 + random.nextInt(MESSAGES);
        for (int number = 0; number < messages; number++) {
            PendingPublish pending = pending("x".repeat(random.nextInt(30)));
            for (int format = 0; format < formats.size(); format++) {
                if (random.nextInt(3) > 0) {
                    FrameBuffer frames = formats.get(format);
                    int from = frames.start(
                            number,
                            new AcceptedMessage(new MessageId("e", number + 1L), 0, pending.message()),
                            pending);
                    places.get(format).add(new Place(number, from, frames.end()));
                }
            }
        }
        return places;
    }

    private static PendingPublish pending(String text) {
        return new PendingPublish(
                new Message(new Topic("cats"), Optional.empty(), Text.of(text)),
                0,
                1,
                Optional.empty(),
                Optional.empty(),
                new Backlog(Long.MAX_VALUE),
                HandedOver.to((id, connections) -> {}));
    }
}
