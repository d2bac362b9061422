package relay.hub;

import java.nio.ByteBuffer;
import java.util.Optional;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.message.Text;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.Encoding;

/** Frames that a test reads fast. Each instance is a format of its own. */
public final class StressEncoding implements Encoding {
    static final byte MESSAGE = 'm';
    static final byte GAP = 'g';
    static final byte PING = 'p';
    static final byte ANSWER = 'a';
    static final byte CLOSE = 'c';

    /** What each frame begins with: its kind, a sequence, a number, and how many bytes follow. */
    static final int HEAD = 1 + Long.BYTES + Integer.BYTES + Integer.BYTES;

    private static final int NUMBER_DIGITS = 8;

    static Message message(int number, int topic, int user, int size) {
        String text = String.format("%08d", number) + "x".repeat(size);
        return new Message(
                StressEngine.topic(topic),
                user == StressEngine.EVERYBODY ? Optional.<UserId>empty() : Optional.of(StressEngine.user(user)),
                Text.of(text));
    }

    /** The number that the text begins with. */
    static int number(Message message) {
        int number = 0;
        for (int i = 0; i < NUMBER_DIGITS; i++) {
            number = 10 * number + message.text().at(i) - '0';
        }
        return number;
    }

    static ByteBuffer ping(String payload) {
        return frame(PING, payload.isEmpty() ? -1 : Long.parseLong(payload), 0);
    }

    static ByteBuffer answer(int number) {
        return frame(ANSWER, 0, number);
    }

    static ByteBuffer close(CloseReason reason) {
        return frame(CLOSE, 0, reason.code());
    }

    private static ByteBuffer frame(byte kind, long sequence, int number) {
        return ByteBuffer.allocate(HEAD)
                .put(kind)
                .putLong(sequence)
                .putInt(number)
                .putInt(0)
                .flip();
    }

    @Override
    public long maxSize(Message message) {
        return HEAD + (long) message.text().size();
    }

    @Override
    public void encode(AcceptedMessage accepted, ByteBuffer target) {
        Message message = accepted.message();
        target.put(MESSAGE)
                .putLong(accepted.sequence())
                .putInt(number(message))
                .putInt(message.text().size());
        message.text().putInto(target);
    }

    @Override
    public boolean ping(long sequence, ByteBuffer target) {
        boolean hasRoom = target.remaining() >= HEAD;
        if (hasRoom) {
            target.put(frame(PING, sequence, 0));
        }
        return hasRoom;
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        return frame(GAP, gap.after().sequence(), StressEngine.number(gap.topic()));
    }
}
