package relay.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

class AddressFuzzTest {
    @FuzzTest
    void anAddressIsReadByRfc4291AndIsTheSameWhenWrittenAgain(byte[] input) throws UnknownHostException {
        String text = new String(input, StandardCharsets.ISO_8859_1);
        Optional<InetAddress> expected = address(text);
        assertThat(Address.parse(text)).isEqualTo(expected);
        if (expected.isPresent()) {
            String written = expected.get().getHostAddress();
            assertThat(Address.parse(written)).isEqualTo(expected);
            assertThat(Address.parseBeforePort(text)).isEqualTo(expected);
            assertThat(Address.parseBeforePort("[" + text + "]:443")).isEqualTo(expected);
            assertThat(Address.parseBeforePort(text + ":443"))
                    .isEqualTo(text.contains(":") ? address(text + ":443") : expected);
        }
    }

    private static Optional<InetAddress> address(String text) throws UnknownHostException {
        byte[] bytes = text.contains(":") ? ipv6(text) : ipv4(text);
        return bytes.length == 0 ? Optional.empty() : Optional.of(InetAddress.getByAddress(bytes));
    }

    private static byte[] ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] bytes = new byte[4];
        for (int i = 0; i < parts.length; i++) {
            boolean number = parts.length == 4 && parts[i].matches("0|[1-9][0-9]{0,2}");
            if (!number || Integer.parseInt(parts[i]) > 255) {
                return new byte[0];
            }
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static byte[] ipv6(String text) {
        int gap = text.indexOf("::");
        byte[] whole = gap < 0 ? groups(text, true) : new byte[0];
        if (gap < 0) {
            return whole.length == 16 ? whole : new byte[0];
        }
        String before = text.substring(0, gap);
        String after = text.substring(gap + 2);
        byte[] head = groups(before, false);
        byte[] tail = groups(after, true);
        boolean wrong = (head.length == 0 && !before.isEmpty()) || (tail.length == 0 && !after.isEmpty());
        if (wrong || head.length + tail.length > 14) {
            return new byte[0];
        }
        byte[] bytes = Arrays.copyOf(head, 16);
        System.arraycopy(tail, 0, bytes, 16 - tail.length, tail.length);
        return bytes;
    }

    /** Groups of 16 bits, the last two perhaps as an IPv4 address; nothing if one of them is none. */
    private static byte[] groups(String text, boolean last) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String[] groups = text.split(":", -1);
        for (int i = 0; i < groups.length; i++) {
            if (groups[i].matches("[0-9a-fA-F]{1,4}")) {
                int group = Integer.parseInt(groups[i], 16);
                bytes.write(group >> 8);
                bytes.write(group);
            } else if (last && i == groups.length - 1 && ipv4(groups[i]).length == 4) {
                bytes.writeBytes(ipv4(groups[i]));
            } else {
                return new byte[0];
            }
        }
        return bytes.toByteArray();
    }
}
