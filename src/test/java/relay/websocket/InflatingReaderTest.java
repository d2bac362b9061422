package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;
import org.junit.jupiter.api.Test;

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

    private static void explode(byte[] bomb) {
        InflatingReader reader = new InflatingReader(MAX_BYTES);
        Frame frame = new Frame(OpCode.TEXT, true, ByteBuffer.wrap(bomb));
        frame.setRsv1(true);
        assertThatThrownBy(() -> reader.read(frame)).isInstanceOf(MessageTooLargeException.class);
    }
}
