package relay.testing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;

/** A WebSocket client that nobody here wrote (the JDK's), with what it receives in a queue. */
public final class TestSocket implements AutoCloseable, WebSocket.Listener {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final long TIMEOUT_SECONDS = 20;

    private final BlockingQueue<String> texts = new ArrayBlockingQueue<>(100_000);
    private final BlockingQueue<Boolean> pongs = new ArrayBlockingQueue<>(1000);
    private final CompletableFuture<Integer> closeCode = new CompletableFuture<>();
    private final StringBuilder partial = new StringBuilder();
    private WebSocket socket;

    private TestSocket() {}

    /** Opens a URL; fails if that is refused. */
    public static TestSocket open(String url) {
        return open(HTTP, url);
    }

    /** Opens a URL over TLS; fails if that is refused. */
    public static TestSocket open(String url, SSLContext context) {
        return open(HttpClient.newBuilder().sslContext(context).build(), url);
    }

    private static TestSocket open(HttpClient http, String url) {
        TestSocket client = new TestSocket();
        client.socket = http.newWebSocketBuilder()
                .buildAsync(URI.create(url), client)
                .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join();
        return client;
    }

    /** The next text, waiting for it. */
    public String receive() {
        try {
            String text = texts.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (text == null) {
                throw new AssertionError("nothing received");
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The next texts, waiting for so many. */
    public List<String> receive(int count) {
        return IntStream.range(0, count).mapToObj(i -> receive()).toList();
    }

    /** How much has been received and not yet asked for. */
    public int waiting() {
        return texts.size();
    }

    /** What has been received and not yet asked for. */
    public List<String> received() {
        List<String> all = new ArrayList<>();
        texts.drainTo(all);
        return all;
    }

    public void send(String text) {
        socket.sendText(text, true).orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    public void sendBinary(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true)
                .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    /** Waits until all that was sent before is in force, and all that it was sent before has come: a ping and its pong. */
    public void barrier() {
        socket.sendPing(ByteBuffer.allocate(0))
                .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join();
        try {
            if (pongs.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS) == null) {
                throw new AssertionError("no pong");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Asks for these topics and waits until that is in force. */
    public void subscribe(String... topics) {
        send("{\"topics\":[\"" + String.join("\",\"", topics) + "\"]}");
        barrier();
    }

    /** The code it was closed with, waiting for it; 1006 if there was none. */
    public int closeCode() {
        return closeCode.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    public boolean isClosed() {
        return closeCode.isDone();
    }

    /** Closes with 1000 and waits for the answer. */
    @Override
    public void close() {
        if (!closeCode.isDone()) {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "")
                    .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .join();
            closeCode();
        }
    }

    /** Ends without a word. */
    public void abort() {
        socket.abort();
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            texts.add(partial.toString());
            partial.setLength(0);
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
        pongs.add(true);
        webSocket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
        closeCode.complete(statusCode);
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        closeCode.complete(1006);
    }
}
