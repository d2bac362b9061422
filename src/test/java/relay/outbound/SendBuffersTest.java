package relay.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SendBuffersTest {
    private final SendBuffers buffers = new SendBuffers(2L * SendBuffers.BYTES);

    @Test
    void aBufferIsUsedAgainAndEmptyThen() {
        ByteBuffer first = buffers.take();
        first.putInt(1).flip();
        buffers.giveBack(first);
        assertThat(buffers.take()).isSameAs(first);
        assertThat(first.remaining()).isEqualTo(SendBuffers.BYTES);
    }

    @Test
    void beyondTheBoundTheyAreOfTheHeapAndNotKept() {
        ByteBuffer first = buffers.take();
        assertThat(first.isDirect()).isTrue();
        assertThat(buffers.take().isDirect()).isTrue();
        ByteBuffer third = buffers.take();
        assertThat(third.isDirect()).isFalse();
        assertThat(third.remaining()).isEqualTo(SendBuffers.BYTES);
        buffers.giveBack(third);
        buffers.giveBack(first);
        assertThat(buffers.take()).isSameAs(first);
        assertThat(buffers.take()).isNotSameAs(third);
    }

    @Test
    void anAbandonedOneLeavesItsPlaceToAnother() {
        ByteBuffer first = buffers.take();
        assertThat(buffers.take().isDirect()).isTrue();
        buffers.abandon(first);
        assertThat(buffers.take()).isNotSameAs(first).matches(ByteBuffer::isDirect);
        assertThat(buffers.take().isDirect()).isFalse();
    }

    @Test
    void abandoningOneOfTheHeapMakesNoPlace() {
        buffers.take();
        buffers.take();
        buffers.abandon(buffers.take());
        assertThat(buffers.take().isDirect()).isFalse();
    }

    @Test
    void whatNobodyNeededFromOneLookToTheNextIsLetGo() {
        ByteBuffer first = buffers.take();
        ByteBuffer second = buffers.take();
        buffers.giveBack(first);
        buffers.giveBack(second);
        buffers.rest();
        assertThat(buffers.made()).as("both were needed since the last look").isEqualTo(2);
        buffers.giveBack(buffers.take());
        buffers.rest();
        assertThat(buffers.made()).as("one at a time was needed").isEqualTo(1);
        buffers.rest();
        assertThat(buffers.made()).isZero();
        assertThat(buffers.idle()).isZero();
        assertThat(buffers.take().isDirect()).isTrue();
        assertThat(buffers.take().isDirect()).isTrue();
        assertThat(buffers.take().isDirect()).isFalse();
    }

    @Test
    void whatIsInUseStaysCounted() {
        ByteBuffer first = buffers.take();
        buffers.take();
        buffers.rest();
        buffers.rest();
        assertThat(buffers.made()).isEqualTo(2);
        buffers.giveBack(first);
        buffers.rest();
        assertThat(buffers.take()).isSameAs(first);
    }
}
