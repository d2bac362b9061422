package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Random;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;
import org.junit.jupiter.api.Test;
import relay.client.InputMemory;

class InflatingReaderTest {
    private static final int MAX_BYTES = 64 << 10;

    @Test
    void aBombCostsNoMoreMemoryThanAMessageOfTheLargestSize() {
        byte[] bomb = Deflate.deflated(new byte[60 << 20]);
        assertThat(bomb).hasSizeLessThan(MAX_BYTES);
        explode(bomb);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        explode(bomb);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(6 * MAX_BYTES);
    }

    @Test
    void whatItKeepsIsAsMuchAsHasComeOrAWindowAndIsLetGoAtTheEnd() {
        InputMemory memory = new InputMemory(1 << 20);
        InflatingReader reader = new InflatingReader(MAX_BYTES, memory);
        reader.read(new Frame(OpCode.TEXT, true, ByteBuffer.wrap(noise(5000))));
        assertThat(memory.held()).isZero();
        reader.read(compressed(Deflate.deflated(noise(700))));
        assertThat(memory.held()).isEqualTo(700);
        reader.read(compressed(Deflate.deflated(noise(40_000))));
        assertThat(memory.held()).isEqualTo(32 << 10);
        reader.read(compressed(Deflate.deflated(noise(10))));
        assertThat(memory.held()).isEqualTo(32 << 10);
        reader.end();
        assertThat(memory.held()).isZero();
        reader.read(compressed(Deflate.deflated(noise(10))));
        assertThat(memory.held()).isZero();
    }

    @Test
    void whatIsKeptTakesHalfOfAllAtMost() {
        InputMemory memory = new InputMemory(4 * MAX_BYTES);
        for (int i = 0; i < 100; i++) {
            InflatingReader reader = new InflatingReader(MAX_BYTES, memory);
            reader.read(compressed(Deflate.deflated(noise(MAX_BYTES))));
        }
        assertThat(memory.held()).isEqualTo(2 * MAX_BYTES);
        assertThat(memory.change(MAX_BYTES)).isTrue();
        assertThat(memory.change(1)).isFalse();
    }

    @Test
    void withoutRoomAMessageThatRefersToThoseBeforeItIsRefusedAndTheOthersAreNot() {
        InputMemory memory = new InputMemory(2 * 1000);
        InflatingReader reader = new InflatingReader(MAX_BYTES, memory);
        Deflate.Keeper keeper = new Deflate.Keeper();
        assertThat(read(reader, keeper.deflated(noise(600)))).isEqualTo(noise(600));
        assertThat(read(reader, keeper.deflated(noise(300)))).isEqualTo(noise(300));
        assertThat(memory.held()).isEqualTo(900);
        // There is no room for all three: nothing is kept, rather than one of them with another missing.
        assertThat(read(reader, keeper.deflated(noise(500)))).isEqualTo(noise(500));
        assertThat(memory.held()).isZero();
        byte[] refers = keeper.deflated(noise(400));
        assertThatThrownBy(() -> read(reader, refers))
                .isInstanceOf(BadPayloadException.class)
                .hasMessageContaining("no room");
        assertThat(read(reader, Deflate.deflated(noise(400)))).isEqualTo(noise(400));
        assertThat(memory.held()).isEqualTo(400);
    }

    private static byte[] read(InflatingReader reader, byte[] payload) {
        ByteBuffer read = reader.read(compressed(payload)).getPayload();
        byte[] bytes = new byte[read.remaining()];
        read.get(bytes);
        return bytes;
    }

    private static Frame compressed(byte[] payload) {
        Frame frame = new Frame(OpCode.BINARY, true, ByteBuffer.wrap(payload));
        frame.setRsv1(true);
        return frame;
    }

    /** The first of always the same bytes. */
    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(7).nextBytes(noise);
        return noise;
    }

    private static void explode(byte[] bomb) {
        InflatingReader reader = new InflatingReader(MAX_BYTES, InputMemory.unbounded());
        assertThatThrownBy(() -> reader.read(compressed(bomb))).isInstanceOf(MessageTooLargeException.class);
    }
}
