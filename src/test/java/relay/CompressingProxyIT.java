package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.ExternalProgram;
import relay.testing.ReverseProxy;

/** Events come at once by a proxy that compresses event streams too, as some are told to and some do by themselves. */
class CompressingProxyIT {
    private static final String CURL = "/usr/bin/curl";
    private static final String COMPRESSED = "content-encoding: gzip";

    @TempDir
    private Path folder;

    /** It leaves alone what is not to be transformed. It would hold back the last bytes of each event, of which the end is one. */
    @Test
    void byHaProxy() throws IOException {
        try (TestRelay relay = TestRelay.start();
                ReverseProxy proxy = ReverseProxy.haProxy(folder, port -> """
                        defaults
                            mode http
                            timeout connect 5s
                            timeout client 90s
                            timeout server 90s
                            compression algo gzip
                            compression type text/event-stream application/json
                        frontend all
                            bind 127.0.0.1:%d
                            default_backend relay
                        backend relay
                            server relay 127.0.0.1:%d
                        """.formatted(port, relay.port()))) {
            assertThat(assertThatAnEventComesAtOnce(relay, proxy.port())).doesNotContain(COMPRESSED);
            try (ExternalProgram curl = curl(proxy.port(), "/health")) {
                assertThat(curl.exitStatus()).isZero();
                assertThat(head(curl)).contains(COMPRESSED);
            }
        }
    }

    /** It compresses all the same, and sends on at once what it has compressed: it is told not to gather answers. */
    @Test
    void byNginx() throws IOException {
        try (TestRelay relay = TestRelay.start();
                ReverseProxy proxy = ReverseProxy.nginx(folder, port -> """
                        gzip on;
                        gzip_proxied any;
                        gzip_types text/event-stream;
                        server {
                            listen 127.0.0.1:%d;
                            location / {
                                proxy_pass http://127.0.0.1:%d;
                                proxy_http_version 1.1;
                            }
                        }
                        """.formatted(port, relay.port()))) {
            assertThat(assertThatAnEventComesAtOnce(relay, proxy.port())).contains(COMPRESSED);
        }
    }

    /** Nothing comes after the event that would push it out. Returns the head of the answer, in lower case. */
    private static String assertThatAnEventComesAtOnce(TestRelay relay, int port) {
        try (ExternalProgram curl = curl(port, "/sse/" + relay.api().register(1).id())) {
            curl.awaitThat(() -> curl.output().contains("\nretry: "));
            assertThat(relay.api().publish("cats", "are awesome")).isOne();
            curl.awaitThat(() -> curl.output().contains("\ndata: are awesome\n\n"));
            return head(curl);
        }
    }

    private static ExternalProgram curl(int port, String path) {
        ExternalProgram.require("curl", Map.of(), CURL, "--version");
        String url = "http://127.0.0.1:" + port + path;
        return ExternalProgram.start(Map.of(), CURL, "--silent", "--include", "--compressed", "--no-buffer", url);
    }

    private static String head(ExternalProgram curl) {
        return curl.output().split("\r\n\r\n", 2)[0].toLowerCase(Locale.ROOT);
    }
}
