package relay.testing;

import java.util.List;

/** A page's {@code new WebSocket(url)}. */
public final class BrowserClient implements WebSocketClient {
    private final Chromium chromium;

    /** A page that has no socket yet. */
    public BrowserClient(Chromium chromium) {
        this.chromium = chromium;
        chromium.evaluate("globalThis.received = []");
    }

    @Override
    public void open(String url) {
        chromium.evaluate("""
                new Promise((opened, failed) => {
                    globalThis.socket = new WebSocket('%s');
                    socket.onopen = () => opened();
                    socket.onerror = () => failed(new Error('refused'));
                    socket.onmessage = message => received.push(message.data);
                })""".formatted(url));
    }

    @Override
    public void leave() {
        chromium.evaluate("new Promise(closed => { socket.onclose = () => closed(); socket.close(); })");
    }

    @Override
    public List<String> received() {
        return chromium.evaluateToTexts("received");
    }

    @Override
    public void close() {
        chromium.close();
    }
}
