package relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AddressRateLimiterTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** A clock that is about to run over, as one that counts nanoseconds from anywhere may be. */
    private long now = Long.MAX_VALUE - SECOND / 2;

    private final AddressRateLimiter rate = new AddressRateLimiter(10, InetAddress::isLoopbackAddress);

    private int admitted(String address, int times) throws UnknownHostException {
        int admitted = 0;
        for (int i = 0; i < times; i++) {
            admitted += rate.admits(InetAddress.getByName(address), now) ? 1 : 0;
        }
        return admitted;
    }

    @Test
    void anAddressMayASecondsWorthAtOnceAndThenEvenly() throws UnknownHostException {
        assertThat(admitted("192.0.2.1", 100)).isEqualTo(10);
        now += SECOND / 10;
        assertThat(admitted("192.0.2.1", 100)).isEqualTo(1);
        now += SECOND / 2;
        assertThat(admitted("192.0.2.1", 100)).isEqualTo(5);
        now += 3600 * SECOND;
        assertThat(admitted("192.0.2.1", 100)).isEqualTo(10);
    }

    @Test
    void whoAsksTooOftenAllTheTimeStillGetsTheRate() throws UnknownHostException {
        int admitted = admitted("192.0.2.1", 10);
        for (int tenMillis = 0; tenMillis < 1000; tenMillis++) {
            now += SECOND / 100;
            admitted += admitted("192.0.2.1", 1);
        }
        assertThat(admitted).isEqualTo(110);
    }

    @Test
    void anAddressDoesNotUseUpAnothers() throws UnknownHostException {
        assertThat(admitted("192.0.2.1", 11)).isEqualTo(10);
        assertThat(admitted("192.0.2.2", 11)).isEqualTo(10);
        assertThat(admitted("2001:db8::1", 11)).isEqualTo(10);
        assertThat(admitted("2001:db8:0:1::1", 11)).isEqualTo(10);
    }

    @Test
    void theAddressesOfOneSlash64AreOne() throws UnknownHostException {
        assertThat(admitted("2001:db8::1", 6)).isEqualTo(6);
        assertThat(admitted("2001:db8::ffff:2", 6)).isEqualTo(4);
        assertThat(rate.addresses()).isEqualTo(1);
    }

    @Test
    void anIpv4AddressInIpv6IsItself() throws UnknownHostException {
        assertThat(admitted("192.0.2.1", 10)).isEqualTo(10);
        assertThat(admitted("::ffff:192.0.2.1", 1)).isZero();
    }

    @Test
    void exemptAddressesAndARateOfZeroKnowNoBound() throws UnknownHostException {
        assertThat(admitted("127.0.0.1", 1000)).isEqualTo(1000);
        assertThat(rate.addresses()).isZero();
        AddressRateLimiter any = new AddressRateLimiter(0, address -> false);
        for (int i = 0; i < 1000; i++) {
            assertThat(any.admits(InetAddress.getByName("192.0.2.1"), now)).isTrue();
        }
    }

    @Test
    void itRemembersSoManyAddressesAndForgetsTheOneThatAskedLongestAgo() throws UnknownHostException {
        admitted("192.0.2.1", 10);
        admitted("192.0.2.2", 10);
        for (int i = 0; i < AddressRateLimiter.MAX_ADDRESSES - 1; i++) {
            rate.admits(InetAddress.getByAddress(new byte[] {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i}), now);
        }
        assertThat(rate.addresses()).isEqualTo(AddressRateLimiter.MAX_ADDRESSES);
        assertThat(admitted("192.0.2.2", 1)).isZero();
        assertThat(admitted("192.0.2.1", 10)).isEqualTo(10);
    }
}
