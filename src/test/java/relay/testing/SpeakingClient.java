package relay.testing;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client that publishes one message after the other on its socket, sends some of them twice on purpose, and goes from relay to relay.
 * One thread.
 */
public final class SpeakingClient implements AutoCloseable {
    private static final Pattern OK = Pattern.compile("\\{\"ok\":\\{\"id\":\"[0-9a-f]{16}-(\\d+)\"}}");
    private static final int KEEP_SECONDS = 60;

    private final String id;
    private RawSocket socket;

    private SpeakingClient(String id, RawSocket socket) {
        this.id = id;
        this.socket = socket;
    }

    /** Registers a client of this user, which may publish wherever this pattern allows it, and connects it. */
    public static SpeakingClient open(Api api, int port, int user, String mayPublish) throws IOException {
        String registration = "{\"user_id\":" + user + ",\"topics\":[],\"publish\":[\"" + mayPublish + "\"],\"keep\":"
                + KEEP_SECONDS + "}";
        Api.Answer registered = api.post("/register", registration);
        if (registered.status() != 200) {
            throw new AssertionError("not registered: " + registered);
        }
        String id = registered.json().get("id").asText();
        return new SpeakingClient(id, connect(port, id));
    }

    private static RawSocket connect(int port, String id) throws IOException {
        return RawSocket.connectReadingAhead(port).upgrade(id + "?format=json");
    }

    /** Publishes a text that needs no escapes, and says which sequence it got. */
    public long publish(String topic, String text) throws IOException {
        socket.send(RawSocket.text(command(topic, text, "")));
        return answer();
    }

    /** The same with a key, twice in a row without waiting: it is one message, and fails unless both answers say so. */
    public long publishTwice(String key, String topic, String text) throws IOException {
        byte[] frame = keyed(key, topic, text);
        socket.send(frame).send(frame);
        return same(answer(), answer(), text);
    }

    /**
     * The same where the second time is at another relay, or by another connection to the same. It does not wait for the first answer, and
     * never gets it if its connection is replaced before.
     */
    public long publishAgainAt(int port, String key, String topic, String text) throws IOException {
        byte[] frame = keyed(key, topic, text);
        RawSocket before = socket.send(frame);
        socket = connect(port, id).send(frame);
        long second = answer();
        before.close();
        socket.send(frame);
        return same(second, answer(), text);
    }

    private static byte[] keyed(String key, String topic, String text) {
        return RawSocket.text(command(topic, text, ",\"key\":\"" + key + "\""));
    }

    private static String command(String topic, String text, String more) {
        return "{\"publish\":{\"topic\":\"" + topic + "\",\"message\":\"" + text + "\"" + more + "}}";
    }

    private static long same(long first, long second, String text) {
        if (first != second) {
            throw new AssertionError(
                    "sent twice with its key, published as " + first + " and as " + second + ": " + text);
        }
        return first;
    }

    private long answer() throws IOException {
        RawSocket.Frame frame = socket.readFrameAnsweringPings();
        Matcher answer = OK.matcher(frame.opCode() == RawSocket.TEXT ? frame.text() : "");
        if (!answer.matches()) {
            throw new AssertionError("not published: "
                    + (frame.opCode() == RawSocket.CLOSE ? "closed with " + frame.closeCode() : frame.text()));
        }
        return Long.parseLong(answer.group(1));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
