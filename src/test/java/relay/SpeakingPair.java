package relay;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import relay.testing.Api;
import relay.testing.PairsChecker.Author;
import relay.testing.PairsChecker.Heard;
import relay.testing.PairsChecker.Listener;
import relay.testing.PairsChecker.Said;
import relay.testing.RawSocket;
import relay.testing.TestJson;

/**
 * A client that speaks and one that listens; every second one that speaks hears itself too. It writes and reads in one thread each, and
 * the other reads in one more.
 */
final class SpeakingPair implements AutoCloseable {
    private static final int KEEP_SECONDS = 60;

    /** Every third message is sent twice. */
    private static final int TWICE = 3;

    private final int number;
    private final int messages;
    private final String user;
    private final String topic;
    private final boolean hearsItself;
    private final String authorId;
    private final String listenerId;
    private final RawSocket author;
    private final RawSocket listener;

    /** What was sent, and is to be answered in this order. */
    private final Queue<String> awaited = new ArrayDeque<>();

    /** When each text was sent. */
    private final Map<String, Long> sentAt = new HashMap<>();

    /** What came of it. */
    record Story(Author author, List<Listener> listeners, List<Long> nanos) {}

    /** A client's frames, and how long those took that came. */
    record Ear(Listener listener, List<Said> answered, List<Long> nanos) {}

    /** Both register and connect, perhaps at different relays. */
    SpeakingPair(int number, int messages, TestRelay one, TestRelay other) throws IOException {
        this.number = number;
        this.messages = messages;
        user = number % 2 == 0 ? String.valueOf(number) : "\"user " + number + "\"";
        topic = "pair." + number;
        hearsItself = number % 2 == 0;
        authorId = register(
                other.api(),
                "{\"user_id\":" + user + ",\"topics\":[" + (hearsItself ? "\"" + topic + "\"" : "")
                        + "],\"publish\":[\"" + topic + "\"],\"keep\":" + KEEP_SECONDS + "}");
        listenerId = register(
                one.api(), "{\"user_id\":\"listener\",\"topics\":[\"" + topic + "\"],\"keep\":" + KEEP_SECONDS + "}");
        author = open(one, authorId);
        listener = open(other, listenerId);
    }

    static String register(Api api, String registration) {
        Api.Answer registered = api.post("/register", registration);
        if (registered.status() != 200) {
            throw new AssertionError("not registered: " + registered);
        }
        return registered.json().get("id").asText();
    }

    static RawSocket open(TestRelay relay, String id) throws IOException {
        return RawSocket.connectReadingAhead(relay.port()).upgrade(id + "?format=json");
    }

    static String command(String topic, String text, String more) {
        return "{\"publish\":{\"topic\":\"" + topic + "\",\"message\":\"" + text + "\"" + more + "}}";
    }

    /** Says everything, so much a second at most: who is late catches up with nothing. */
    Void speak(int perSecond, CountDownLatch stop) throws IOException, InterruptedException {
        long pause = TimeUnit.SECONDS.toNanos(1) / perSecond;
        for (int i = 0; i < messages && !stop.await(pause, TimeUnit.NANOSECONDS); i++) {
            String text = number + " " + i;
            boolean twice = i % TWICE == 0;
            byte[] frame = RawSocket.text(command(topic, text, twice ? ",\"key\":\"" + i + "\"" : ""));
            synchronized (this) {
                sentAt.put(text, System.nanoTime());
                awaited.add(text);
                if (twice) {
                    awaited.add(text);
                }
            }
            send(frame);
            if (twice) {
                send(frame);
            }
        }
        return null;
    }

    /** Pongs are sent meanwhile. */
    private void send(byte[] frame) throws IOException {
        synchronized (author) {
            author.send(frame);
        }
    }

    /** Reads the author's socket until everything is answered. */
    Ear hearAnswers() throws IOException {
        List<Said> said = new ArrayList<>();
        List<Heard> heard = new ArrayList<>();
        int answers = messages + (messages + TWICE - 1) / TWICE;
        while (answers > 0) {
            RawSocket.Frame frame = author.readFrame();
            if (frame.opCode() == RawSocket.PING) {
                synchronized (author) {
                    author.answer(frame);
                }
            } else {
                JsonNode json = TestJson.parse(textOf(frame));
                if (json.has("message")) {
                    heard.add(heard(json));
                } else {
                    answered(json, said);
                    answers--;
                }
            }
        }
        return new Ear(new Listener("author " + number, topic, heard), said, List.of());
    }

    private void answered(JsonNode json, List<Said> said) {
        String id = json.at("/ok/id").asText();
        if (id.isEmpty()) {
            throw new AssertionError("author " + number + " was told " + json);
        }
        String text;
        synchronized (this) {
            text = awaited.remove();
        }
        Said answered = new Said(text, Optional.of(id));
        boolean again = !said.isEmpty() && said.get(said.size() - 1).text().equals(text);
        if (!again) {
            said.add(answered);
        } else if (!said.get(said.size() - 1).equals(answered)) {
            throw new AssertionError("said twice with its key: " + said.get(said.size() - 1) + ", then " + answered);
        }
    }

    /** Reads the other's socket until the last message. */
    Ear hear() throws IOException {
        List<Heard> heard = new ArrayList<>();
        List<Long> nanos = new ArrayList<>();
        String last = number + " " + (messages - 1);
        while (heard.isEmpty() || !heard.get(heard.size() - 1).text().equals(last)) {
            Heard next = heard(TestJson.parse(textOf(listener.readFrameAnsweringPings())));
            heard.add(next);
            synchronized (this) {
                nanos.add(System.nanoTime() - sentAt.getOrDefault(next.text(), 0L));
            }
        }
        return new Ear(new Listener("listener " + number, topic, heard), List.of(), nanos);
    }

    Story story(Ear own, Ear other) {
        List<Listener> listeners = hearsItself ? List.of(own.listener(), other.listener()) : List.of(other.listener());
        return new Story(new Author(user, topic, own.answered()), listeners, other.nanos());
    }

    /** A backend changes one of the two, which changes nothing of what it is owed. */
    void change(Api api, Random random) {
        boolean ofAuthor = random.nextBoolean();
        String change = "{\"" + (random.nextBoolean() ? "add" : "remove") + "\":[\"unheard\"]"
                + (ofAuthor ? ",\"publish\":[\"" + topic + "\"]" : "") + "}";
        Api.Answer changed = api.patch("/register/" + (ofAuthor ? authorId : listenerId), change);
        if (changed.status() != 200) {
            throw new AssertionError("not changed: " + changed);
        }
    }

    static Heard heard(JsonNode json) {
        if (!json.has("message")) {
            throw new AssertionError("not a message: " + json);
        }
        return new Heard(
                json.get("id").asText(),
                json.get("topic").asText(),
                json.path("from").toString(),
                json.get("message").asText());
    }

    /** Nobody but the one who floods is closed. */
    static String textOf(RawSocket.Frame frame) {
        if (frame.opCode() != RawSocket.TEXT) {
            throw new AssertionError(
                    frame.opCode() == RawSocket.CLOSE ? "closed with " + frame.closeCode() : "not a text: " + frame);
        }
        return frame.text();
    }

    @Override
    public void close() throws IOException {
        author.close();
        listener.close();
    }
}
