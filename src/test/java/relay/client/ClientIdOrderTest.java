package relay.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import relay.message.ClientId;

class ClientIdOrderTest {
    @Test
    void idsComeInTheOrderOfTheirDigits() {
        List<String> digits = Stream.of(
                        "0", "00000000000000010", "7f", "8", "8000000000000000f", "80000000000000010", "f")
                .map(start -> start + "0".repeat(32 - start.length()))
                .toList();
        TreeSet<ClientId> ids = new TreeSet<>();
        for (int i = digits.size(); i-- > 0; ) {
            Optional<ClientId> id = ClientId.parse(digits.get(i));
            ids.add(id.orElseThrow());
        }
        assertThat(ids).extracting(ClientId::secret).containsExactlyElementsOf(digits);
    }
}
