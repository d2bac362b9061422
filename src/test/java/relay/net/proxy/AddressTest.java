package relay.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"203.0.113.7", "::", "2001:db8::17", "1:2:3:4:5:6:7::", "::ffff:203.0.113.7", "1:2:3:4:5:6:7:8"})
    void anAddressIsRead(String text) {
        assertThat(Address.parse(text)).isPresent();
    }

    /** Java reads these, as others do not: leading zeros are octal to some. What begins with a dot it looks up as a name. */
    @ParameterizedTest
    @ValueSource(
            strings = {"010.0.0.1", "::010.0.0.1", "00001::", "::ffff:203.0.113.07", ".:1", "localhost", "1:2", "::1%1"
            })
    void whatIsReadInTwoWaysIsNoAddress(String text) {
        assertThat(Address.parse(text)).isEmpty();
    }
}
