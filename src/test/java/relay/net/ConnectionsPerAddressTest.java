package relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class ConnectionsPerAddressTest {
    private final ConnectionsPerAddress count = new ConnectionsPerAddress(2, InetAddress::isLoopbackAddress);

    private boolean enter(String address) throws UnknownHostException {
        return count.enter(InetAddress.getByName(address));
    }

    private void leave(String address) throws UnknownHostException {
        count.leave(InetAddress.getByName(address));
    }

    @Test
    void eachAddressMayHaveSoMany() throws UnknownHostException {
        assertThat(enter("192.0.2.1")).isTrue();
        assertThat(enter("192.0.2.1")).isTrue();
        assertThat(enter("192.0.2.1")).isFalse();
        assertThat(enter("192.0.2.2")).isTrue();
        assertThat(enter("2001:db8::1")).isTrue();
        assertThat(enter("2001:db8::2")).isTrue();
        assertThat(enter("2001:db8::3")).isFalse();
    }

    @Test
    void whoLeavesMakesRoomAlsoIfItHadNone() throws UnknownHostException {
        for (int i = 0; i < 3; i++) {
            enter("192.0.2.1");
        }
        leave("192.0.2.1");
        assertThat(enter("192.0.2.1")).isFalse();
        leave("192.0.2.1");
        leave("192.0.2.1");
        assertThat(enter("192.0.2.1")).isTrue();
    }

    @Test
    void anAddressWithoutAnyIsForgotten() throws UnknownHostException {
        enter("192.0.2.1");
        enter("192.0.2.2");
        assertThat(count.addresses()).isEqualTo(2);
        leave("192.0.2.1");
        leave("192.0.2.2");
        leave("192.0.2.2");
        assertThat(count.addresses()).isZero();
    }

    @Test
    void exemptAddressesAreNotCounted() throws UnknownHostException {
        for (int i = 0; i < 10; i++) {
            assertThat(enter("127.0.0.1")).isTrue();
        }
        assertThat(count.addresses()).isZero();
        assertThat(new ConnectionsPerAddress(0, address -> false).enter(InetAddress.getByName("192.0.2.1")))
                .isTrue();
    }
}
