package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StampTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0",
        "1, 2, 3, 4",
        "65535, 1023, 2147483647, 9223372036854775807",
        "10, 171, 11259375, -1",
        "4096, 16, 268435456, -9223372036854775808",
    })
    void whatIsWrittenIsRead(int topic, int publisher, int counter, long moment) {
        byte[] text = new byte[Stamp.LENGTH + 10];
        Stamp.write(text, 5, topic, publisher, counter, moment);

        ByteBuffer bytes = ByteBuffer.wrap(text);
        assertThat(Stamp.isAt(bytes, 5)).isTrue();
        assertThat(Stamp.topic(bytes, 5)).isEqualTo(topic);
        assertThat(Stamp.publisher(bytes, 5)).isEqualTo(publisher);
        assertThat(Stamp.counter(bytes, 5)).isEqualTo(counter);
        assertThat(Stamp.moment(bytes, 5)).isEqualTo(moment);
    }

    @Test
    void itIsTextThatJsonLeavesAsItIs() {
        byte[] text = new byte[Stamp.LENGTH];
        Stamp.write(text, 0, 65535, 1023, Integer.MAX_VALUE, -1);

        assertThat(new String(text, StandardCharsets.US_ASCII)).matches("[a-z0-9.]{" + Stamp.LENGTH + "}");
    }

    @Test
    void anythingElseIsNone() {
        ByteBuffer error = StandardCharsets.US_ASCII.encode("{\"error\":{\"code\":\"bad_json\",\"detail\":\"…\"}}");

        assertThat(Stamp.isAt(error, 0)).isFalse();
    }
}
