package relay.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import relay.message.InvalidInputException;
import relay.testing.ReferenceRules;

class ForwardingFuzzTest {
    private static final String PROXY = "10.0.0.5";
    private static final TrustedProxies TRUSTED = TrustedProxies.of("10.0.0.0/8, fd00::/8");
    private static final int MOST_PROXIES = 3;

    /** Each proxy adds to the header who the request came to it from, on the line that it found or on another. */
    @FuzzTest
    void whateverAClientInventsItIsKnownByWhatItsProxySaw(FuzzedDataProvider data) throws UnknownHostException {
        boolean standard = data.consumeBoolean();
        boolean sameLine = data.consumeBoolean();
        boolean withPort = data.consumeBoolean();
        int proxiesBehind = data.consumeInt(0, MOST_PROXIES);
        InetAddress client = client(data);
        String invented = ReferenceRules.headerValue(data.consumeRemainingAsString());
        HttpFields.Mutable headers = HttpFields.build();
        if (standard) {
            String added = "for=\"" + (withPort ? withPort(client) : bare(client)) + "\";proto=https"
                    + (", for=" + PROXY + ";proto=http").repeat(proxiesBehind);
            add(headers, HttpHeader.FORWARDED, invented, added, sameLine);
        } else {
            add(
                    headers,
                    HttpHeader.X_FORWARDED_FOR,
                    invented,
                    (withPort ? withPort(client) : client.getHostAddress()) + (", " + PROXY).repeat(proxiesBehind),
                    sameLine);
            add(headers, HttpHeader.X_FORWARDED_PROTO, invented, "https" + ",http".repeat(proxiesBehind), sameLine);
        }
        try {
            Forwarding read = Forwarding.of(headers, TRUSTED);
            assertThat(read.client()).contains(client);
            assertThat(read.scheme()).contains("https");
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(standard).as("refused: %s", e.detail()).isTrue();
        }
    }

    private static void add(
            HttpFields.Mutable headers, HttpHeader name, String invented, String added, boolean sameLine) {
        if (sameLine) {
            headers.add(name, invented + ", " + added);
        } else {
            headers.add(name, invented);
            headers.add(name, added);
        }
    }

    /** Any address but those of the proxies. */
    private static InetAddress client(FuzzedDataProvider data) throws UnknownHostException {
        byte[] address = new byte[data.consumeBoolean() ? 4 : 16];
        for (int i = 0; i < address.length; i++) {
            address[i] = data.consumeByte();
        }
        InetAddress client = InetAddress.getByAddress(address);
        return TRUSTED.contains(client) ? InetAddress.getByName("203.0.113.7") : client;
    }

    private static String bare(InetAddress client) {
        String text = client.getHostAddress();
        return text.contains(":") ? "[" + text + "]" : text;
    }

    private static String withPort(InetAddress client) {
        return bare(client) + ":4711";
    }
}
