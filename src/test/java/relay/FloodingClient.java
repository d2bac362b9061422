package relay;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import relay.testing.PairsChecker.Author;
import relay.testing.PairsChecker.Said;
import relay.testing.RawSocket;
import relay.testing.TestJson;

/** A client that publishes as fast as it can, is closed for that, and comes back to do it again until it is told to stop. One thread. */
final class FloodingClient implements Callable<FloodingClient.Story> {
    static final String TOPIC = "flood";

    private static final int TOO_FAST = 4429;
    private static final String USER = "\"flood\"";
    private static final int FRAMES = 2000;

    /** Others only count as frames: so it is too fast for a slow disk too. */
    private static final int PUBLISHED = 16;

    private static final int PAUSE_MILLIS = 30;

    private final TestRelay relay;
    private final CountDownLatch stop;
    private final String id;
    private int closed;

    /** @param closed how often it was closed for that */
    record Story(Author author, int closed) {}

    FloodingClient(TestRelay relay, CountDownLatch stop) {
        this.relay = relay;
        this.stop = stop;
        this.id = SpeakingPair.register(
                relay.api(), "{\"user_id\":" + USER + ",\"topics\":[],\"publish\":[\"" + TOPIC + "\"],\"keep\":60}");
    }

    @Override
    public Story call() throws IOException, InterruptedException {
        List<Said> said = new ArrayList<>();
        for (int round = 0; round == 0 || !stop.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS); round++) {
            flood(round, said);
        }
        return new Story(new Author(USER, TOPIC, said), closed);
    }

    private void flood(int round, List<Said> said) throws IOException {
        int first = said.size();
        try (RawSocket socket = SpeakingPair.open(relay, id)) {
            try {
                for (int i = 0; i < FRAMES; i++) {
                    if (i % PUBLISHED == 0) {
                        String text = "flood " + round + " " + i;
                        said.add(new Said(text, Optional.empty()));
                        socket.send(RawSocket.text(SpeakingPair.command(TOPIC, text, "")));
                    } else {
                        socket.send(RawSocket.text("ping"));
                    }
                }
            } catch (IOException hungUp) {
                // What it was told before that can still be read.
            }
            hearAnswers(socket, said, first);
        }
    }

    private void hearAnswers(RawSocket socket, List<Said> said, int first) {
        int next = first;
        try {
            RawSocket.Frame frame = socket.readFrameAnsweringPings();
            while (frame.opCode() != RawSocket.CLOSE) {
                JsonNode json = TestJson.parse(SpeakingPair.textOf(frame));
                said.set(
                        next,
                        new Said(
                                said.get(next).text(),
                                Optional.of(json.at("/ok/id").asText())));
                next++;
                frame = socket.readFrameAnsweringPings();
            }
            closed += frame.closeCode() == TOO_FAST ? 1 : 0;
        } catch (IOException reset) {
            // What was not answered may have been published or not.
        }
    }
}
