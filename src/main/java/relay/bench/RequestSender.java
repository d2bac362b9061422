package relay.bench;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sends each message as a request of its own, and waits for the answer. */
final class RequestSender implements Sender {
    private final Target target;
    private final MessageTemplate[] templates;

    /** Written by the publisher, read by any thread that closes. */
    private volatile @Nullable HttpConnection http;

    /** @param templates a request for each topic */
    RequestSender(Target target, MessageTemplate[] templates) {
        this.target = target;
        this.templates = templates;
    }

    @Override
    public Optional<String> send(int topic, int counter, long due) throws IOException {
        HttpConnection connection = http;
        if (connection == null) {
            connection = HttpConnection.open(target);
            http = connection;
        }
        byte[] request = templates[topic].stamped(counter, due);
        connection.write(request, 0, request.length);
        HttpConnection.Answer answer = connection.read();
        if (answer.last()) {
            connection.close();
            http = null;
        }
        return answer.isOk() ? Optional.empty() : Optional.of("POST /publish was answered with " + answer);
    }

    @Override
    public boolean answersEach() {
        return true;
    }

    @Override
    public void flush() {}

    @Override
    public long finish() {
        return 0;
    }

    @Override
    public void close() throws IOException {
        HttpConnection connection = http;
        if (connection != null) {
            connection.close();
        }
    }
}
