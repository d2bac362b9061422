package relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import relay.access.SecretFile;
import relay.hook.HookSecret;
import relay.json.Json;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.message.Text;

/**
 * A small endpoint for {@code --hook}: it checks the signature of what comes, and prints each event as one line of JSON. It listens on the
 * loopback address alone, and a thread of Jetty's waits for each body: it is for trying things out.
 */
final class HookReceiver {
    private static final String HOST = "127.0.0.1";

    /** More than the most events with the most and longest topics. */
    private static final int MOST_BYTES = 32 << 20;

    private static final int MOST_EVENTS = 100;
    private static final int MOST_DEPTH = 32;

    /** How far the clocks may be apart: an older request may be one that somebody has recorded. */
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    /** Of how many requests the ids are remembered. */
    private static final int REMEMBERED = 1000;

    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server, 1, 1);
    private final SecretFile<HookSecret> secret;
    private final PrintStream out;
    private final PrintStream err;
    private final InstantSource clock;
    private final Json json = new Json(MOST_DEPTH);

    /** Guarded by this. */
    private final Set<String> received = new LinkedHashSet<>();

    /** Says why a request is not taken. */
    private static final class NotTakenException extends Exception {
        private static final long serialVersionUID = 1L;
        private final int status;

        NotTakenException(int status, String reason) {
            super(reason, null, false, false);
            this.status = status;
        }
    }

    /** @param port where it will listen; 0: any that is free */
    HookReceiver(SecretFile<HookSecret> secret, int port, PrintStream out, PrintStream err, InstantSource clock) {
        this.secret = secret;
        this.out = out;
        this.err = err;
        this.clock = clock;
        connector.setHost(HOST);
        connector.setPort(port);
        server.addConnector(connector);
        server.addBean(secret.background());
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws IOException {
                answer(request, response, callback);
                return true;
            }
        });
    }

    /**
     * Listens.
     *
     * @throws IOException if it cannot
     */
    void start() throws Exception {
        connector.open();
        server.start();
    }

    /** Where it listens. */
    String url() {
        return "http://" + HOST + ":" + connector.getLocalPort() + "/";
    }

    /** Waits until it is stopped. */
    void join() throws InterruptedException {
        server.join();
    }

    void stop() throws Exception {
        server.stop();
    }

    private void answer(Request request, Response response, Callback callback) throws IOException {
        int status = HttpStatus.NO_CONTENT_204;
        String reason = "";
        try {
            take(request);
        } catch (NotTakenException e) {
            status = e.status;
            reason = String.valueOf(e.getMessage());
        } catch (InvalidInputException e) {
            status = HttpStatus.BAD_REQUEST_400;
            reason = "the body is not what a relay sends: " + e.detail();
        }
        response.setStatus(status);
        if (reason.isEmpty()) {
            callback.succeeded();
        } else {
            err.println("relay: not taken: " + reason);
            Content.Sink.write(response, true, reason + "\n", callback);
        }
    }

    private void take(Request request) throws IOException, NotTakenException {
        if (!request.getMethod().equals("POST")) {
            throw new NotTakenException(HttpStatus.METHOD_NOT_ALLOWED_405, "a relay sends POST");
        }
        String id = header(request, "webhook-id");
        String timestamp = header(request, "webhook-timestamp");
        String signatures = header(request, "webhook-signature");
        byte[] body = body(request);
        if (!secret.current().hasSigned(signatures, id, timestamp, body)) {
            throw new NotTakenException(
                    HttpStatus.UNAUTHORIZED_401,
                    "the signature is not by the secret of this file: give the relay the same one");
        }
        requireRecent(timestamp);
        print(id, events(body));
    }

    private static String header(Request request, String name) throws NotTakenException {
        String value = request.getHeaders().get(name);
        if (value == null) {
            throw new NotTakenException(HttpStatus.BAD_REQUEST_400, "there is no header " + name);
        }
        return value;
    }

    private static byte[] body(Request request) throws IOException, NotTakenException {
        try (InputStream in = Content.Source.asInputStream(request)) {
            byte[] body = in.readNBytes(MOST_BYTES + 1);
            if (body.length > MOST_BYTES) {
                throw new NotTakenException(
                        HttpStatus.PAYLOAD_TOO_LARGE_413, "the body has over " + MOST_BYTES + " bytes");
            }
            return body;
        }
    }

    private void requireRecent(String timestamp) throws NotTakenException {
        Duration apart;
        try {
            apart = Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), clock.instant())
                    .abs();
        } catch (RuntimeException e) {
            throw new NotTakenException(HttpStatus.BAD_REQUEST_400, "webhook-timestamp is not a time in seconds");
        }
        if (apart.compareTo(TOLERANCE) > 0) {
            throw new NotTakenException(
                    HttpStatus.UNAUTHORIZED_401,
                    "it is from another time, " + apart.toSeconds()
                            + " s away: somebody repeats it, or a clock is wrong");
        }
    }

    private List<Text> events(byte[] body) {
        Found found = new Found();
        json.readObject(ByteBuffer.wrap(body), (name, value) -> {
            Text text = value.text();
            if (name.equals("data")) {
                json.readObject(text.toString(), (field, events) -> {
                    if (field.equals("events")) {
                        found.events = events.elements(field, MOST_EVENTS);
                    } else {
                        events.text();
                    }
                });
            }
        });
        if (found.events.isEmpty()) {
            throw new InvalidInputException("it has no data.events");
        }
        return found.events;
    }

    /** What has been read. */
    private static final class Found {
        private List<Text> events = List.of();
    }

    private synchronized void print(String id, List<Text> events) throws NotTakenException {
        if (received.contains(id)) {
            err.println("relay: " + Characters.printable(id) + " came again, and is not printed again");
            return;
        }
        events.forEach(event -> out.println(event));
        if (out.checkError()) {
            throw new NotTakenException(HttpStatus.INTERNAL_SERVER_ERROR_500, "nobody reads what is printed");
        }
        received.add(id);
        if (received.size() > REMEMBERED) {
            received.remove(received.iterator().next());
        }
    }
}
