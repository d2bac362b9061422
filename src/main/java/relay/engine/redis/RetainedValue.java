package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import relay.engine.Receiver;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** A retained value as the server holds it: {@code <sequence> <time in ms> <options>\n<text>}. Stateless. */
final class RetainedValue {
    private RetainedValue() {}

    /**
     * Throws a {@link RuntimeException} if it is none.
     *
     * @param now the time by the server's clock, in ms
     */
    static Receiver.Past parse(Topic topic, Optional<UserId> recipient, byte[] value, long now) {
        int end = 0;
        while (value[end] != '\n') {
            end++;
        }
        String[] fields = new String(value, 0, end, StandardCharsets.ISO_8859_1).split(" ", -1);
        long time = Long.parseLong(fields[1]);
        return new Receiver.Past(
                Long.parseLong(fields[0]),
                time,
                new Message(List.of(topic), recipient, Text.ofUtf8(value, end + 1), OptionsField.parse(fields[2])),
                StreamReader.ageNanos(now, time));
    }
}
