package relay.bench;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Each message is a request, and its answer is waited for. */
final class RequestOutlet implements Outlet {
    private final Target target;
    private final MessageTemplate[] templates;

    /** Written by the publisher, read by whoever closes. */
    private volatile @Nullable HttpConnection http;

    /** @param templates a request for each topic */
    RequestOutlet(Target target, MessageTemplate[] templates) {
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
