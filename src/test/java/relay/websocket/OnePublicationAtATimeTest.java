package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.client.Permissions;
import relay.message.TopicFilter;
import relay.testing.TestSocket;

/** A client that sends faster than its messages are published waits in its own socket, and nothing of it elsewhere. */
class OnePublicationAtATimeTest {
    /** The answers that are due, until the test gives them. */
    private final BlockingQueue<Runnable> answers = new LinkedBlockingQueue<>();

    private WebSocketServer server;

    @BeforeEach
    void start() throws Exception {
        server = WebSocketServer.start(ServerConnector::new, answers::add);
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    @Test
    void theNextFrameIsReadWhenTheMessageBeforeIsAnswered() throws InterruptedException {
        try (TestSocket author = open(Permissions.EVERYTHING.withPublish(TopicFilter.ANY));
                TestSocket reader = open(Permissions.EVERYTHING)) {
            for (int i = 0; i < 5; i++) {
                author.send("{\"publish\":{\"topic\":\"cats\",\"message\":" + i + "}}");
            }
            for (int i = 0; i < 5; i++) {
                assertThat(reader.receive()).isEqualTo(String.valueOf(i));
                reader.barrier();
                server.publish("of another");
                assertThat(reader.receive()).isEqualTo("of another");
                answers.take().run();
            }
            author.barrier();
            assertThat(answers).isEmpty();
        }
    }

    @Test
    void aClientThatIsGoneBeforeItsAnswerHarmsNobody() throws InterruptedException {
        try (TestSocket reader = open(Permissions.EVERYTHING)) {
            TestSocket author = open(Permissions.EVERYTHING.withPublish(TopicFilter.ANY));
            author.send("{\"publish\":{\"topic\":\"cats\",\"message\":\"last words\"}}");
            assertThat(reader.receive()).isEqualTo("last words");
            author.abort();
            answers.take().run();
            server.publish("and on");
            assertThat(reader.receive()).isEqualTo("and on");
        }
    }

    private TestSocket open(Permissions permissions) {
        return TestSocket.open(
                "ws://127.0.0.1:" + server.port() + "/ws/" + server.register(Duration.ZERO, permissions));
    }
}
