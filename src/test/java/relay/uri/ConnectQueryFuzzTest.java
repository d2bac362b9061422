package relay.uri;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.eclipse.jetty.http.HttpURI;
import relay.message.InvalidInputException;

class ConnectQueryFuzzTest {
    @FuzzTest
    void anyQueryIsReadOrRefusedAndAnEncodedTextComesBack(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        readOrRefuse(text);
        String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8);
        assertThat(read("format=json&after=" + encoded)).isEqualTo(new ConnectQuery(true, Optional.of(text)));
        assertThat(Parameters.decodePath(encoded.replace("+", "%20"))).isEqualTo(text);
    }

    private static void readOrRefuse(String text) {
        try {
            read(text);
        } catch (InvalidInputException e) {
            assertThat(e.detail()).isNotBlank();
        }
        try {
            Parameters.decodePath(text);
        } catch (InvalidInputException e) {
            assertThat(e.detail()).isNotBlank();
        }
    }

    private static ConnectQuery read(String query) {
        return ConnectQuery.of(HttpURI.build("/ws").query(query).asImmutable());
    }
}
