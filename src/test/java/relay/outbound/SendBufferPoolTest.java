package relay.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SendBufferPoolTest {
    private final SendBufferPool buffers = new SendBufferPool(2L * SendBufferPool.BYTES);

    @Test
    void aBufferIsUsedAgainAndEmptyThen() {
        ByteBuffer first = buffers.acquire();
        first.putInt(1).flip();
        buffers.release(first);
        assertThat(buffers.acquire()).isSameAs(first);
        assertThat(first.remaining()).isEqualTo(SendBufferPool.BYTES);
    }

    @Test
    void beyondTheBoundTheyAreOfTheHeapAndNotKept() {
        ByteBuffer first = buffers.acquire();
        assertThat(first.isDirect()).isTrue();
        assertThat(buffers.acquire().isDirect()).isTrue();
        ByteBuffer third = buffers.acquire();
        assertThat(third.isDirect()).isFalse();
        assertThat(third.remaining()).isEqualTo(SendBufferPool.BYTES);
        buffers.release(third);
        buffers.release(first);
        assertThat(buffers.acquire()).isSameAs(first);
        assertThat(buffers.acquire()).isNotSameAs(third);
    }

    @Test
    void anAbandonedOneLeavesItsPlaceToAnother() {
        ByteBuffer first = buffers.acquire();
        assertThat(buffers.acquire().isDirect()).isTrue();
        buffers.abandon(first);
        assertThat(buffers.acquire()).isNotSameAs(first).matches(ByteBuffer::isDirect);
        assertThat(buffers.acquire().isDirect()).isFalse();
    }

    @Test
    void abandoningOneOfTheHeapMakesNoPlace() {
        buffers.acquire();
        buffers.acquire();
        buffers.abandon(buffers.acquire());
        assertThat(buffers.acquire().isDirect()).isFalse();
    }

    @Test
    void whatNobodyNeededFromOneLookToTheNextIsLetGo() {
        ByteBuffer first = buffers.acquire();
        ByteBuffer second = buffers.acquire();
        buffers.release(first);
        buffers.release(second);
        buffers.trim();
        assertThat(buffers.made()).as("both were needed since the last look").isEqualTo(2);
        buffers.release(buffers.acquire());
        buffers.trim();
        assertThat(buffers.made()).as("one at a time was needed").isEqualTo(1);
        buffers.trim();
        assertThat(buffers.made()).isZero();
        assertThat(buffers.idle()).isZero();
        assertThat(buffers.acquire().isDirect()).isTrue();
        assertThat(buffers.acquire().isDirect()).isTrue();
        assertThat(buffers.acquire().isDirect()).isFalse();
    }

    @Test
    void whatIsInUseStaysCounted() {
        ByteBuffer first = buffers.acquire();
        buffers.acquire();
        buffers.trim();
        buffers.trim();
        assertThat(buffers.made()).isEqualTo(2);
        buffers.release(first);
        buffers.trim();
        assertThat(buffers.acquire()).isSameAs(first);
    }
}
