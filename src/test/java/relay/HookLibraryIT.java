package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api.Registered;
import relay.testing.ExternalProgram;
import relay.testing.HookCatcher;
import relay.testing.HookCatcher.Caught;
import relay.testing.HookFlags;
import relay.testing.NpmPackages;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** What a relay posts is verified by npm's {@code standardwebhooks}. */
class HookLibraryIT {
    private static final String NODE = "/usr/bin/node";

    /** Prints what the library makes of a request. */
    private static final String PROGRAM = """
            const {Webhook} = require(process.argv[1]);
            const {headers, body} = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));
            const hook = new Webhook(process.argv[3]);
            console.log(JSON.stringify(hook.verify(body, headers)));
            for (const wrong of [body + ' ', body.replace('client', 'Client')]) {
                try { hook.verify(wrong, headers); console.log('taken'); } catch (e) { console.log(e.message); }
            }
            try { new Webhook('whsec_' + 'A'.repeat(32)).verify(body, headers); console.log('taken'); } catch (e) { console.log(e.message); }
            """;

    @TempDir
    private Path folder;

    @Test
    void aLibraryThatNobodyHereWroteTakesWhatARelayPostsAndNothingElse() throws IOException {
        ExternalProgram.require("nodejs", Map.of(), NODE, "--version");
        Path library = NpmPackages.installed().folder().resolve("standardwebhooks");
        try (HookCatcher endpoint = HookCatcher.start();
                TestRelay relay = TestRelay.start(HookFlags.to(endpoint.url()))) {
            Registered client = relay.api().register(1);
            TestSocket.open(client.url()).close();
            Caught request = endpoint.take();
            ObjectNode given = TestJson.object().put("body", request.text());
            given.set("headers", TestJson.tree(request.headers()));
            Path file = Files.writeString(folder.resolve("request.json"), given.toString());
            String[] lines = ExternalProgram.run(
                            NODE, "-e", PROGRAM, library.toString(), file.toString(), HookFlags.SECRET)
                    .split("\n");
            JsonNode verified = TestJson.parse(lines[0]);
            assertThat(verified.get("type").asText()).isEqualTo("relay.events");
            assertThat(verified.at("/data/events/0/data/id").asText())
                    .isEqualTo(client.id().substring(0, 8));
            assertThat(lines).hasSize(4);
            assertThat(lines[1]).isEqualTo("No matching signature found");
            assertThat(lines[2]).isEqualTo("No matching signature found");
            assertThat(lines[3]).isEqualTo("No matching signature found");
        }
    }
}
