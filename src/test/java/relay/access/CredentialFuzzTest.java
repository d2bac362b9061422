package relay.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;

class CredentialFuzzTest {
    /** @param input the value of Sec-WebSocket-Protocol, a line for each time it is sent */
    @FuzzTest
    void whatFollowsBearerIsTheCredentialAndNothingElseIs(byte[] input) {
        List<String> values = new String(input, StandardCharsets.UTF_8).lines().toList();
        Optional<Credential> found;
        try {
            found = Optional.of(Credential.of(List.of(), List.of(), values));
        } catch (AccessDeniedException e) {
            assertThat(e.kind()).isEqualTo(AccessDeniedException.Kind.MALFORMED);
            assertThat(e.detail()).contains("bearer").hasSizeLessThan(200);
            found = Optional.empty();
        }
        List<String> protocols = protocols(String.join(",", values));
        int place = protocols.indexOf("bearer");
        if (place < 0) {
            assertThat(found.orElseThrow().isNone()).isTrue();
            assertThat(found.orElseThrow().protocol()).isEmpty();
        } else if (protocols.lastIndexOf("bearer") != place
                || place + 1 == protocols.size()
                || protocols.get(place + 1).isEmpty()) {
            assertThat(found).isEmpty();
        } else {
            assertThat(found.orElseThrow().text()).isEqualTo(protocols.get(place + 1));
            assertThat(found.orElseThrow().protocol()).contains("bearer");
        }
    }

    /** By another way than the parser's: token by token. */
    private static List<String> protocols(String list) {
        List<String> protocols = new ArrayList<>();
        String last = ",";
        StringTokenizer parts = new StringTokenizer(list, ",", true);
        while (parts.hasMoreTokens()) {
            String part = parts.nextToken();
            if (!part.equals(",")) {
                protocols.add(part.strip());
            } else if (last.equals(",")) {
                protocols.add("");
            }
            last = part;
        }
        if (last.equals(",")) {
            protocols.add("");
        }
        return protocols;
    }
}
