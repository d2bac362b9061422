package relay.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/** A bare TCP connection to a relay, for everything that a decent client would not send. */
public final class RawSocket implements AutoCloseable {
    public static final int TEXT = 1;
    public static final int BINARY = 2;
    public static final int CLOSE = 8;
    public static final int PING = 9;
    public static final int PONG = 10;

    /** As little as it can be without the kernel's timers holding back what comes, which they do for seconds below it. */
    private static final int NARROW_BUFFER = 32 * 1024;

    private static final int TIMEOUT_MILLIS = 20_000;
    private static final Pattern CONTENT_LENGTH = Pattern.compile("(?im)^Content-Length: (\\d+)");
    private static final byte[] MASK = {0x12, 0x34, 0x56, 0x78};

    private final Socket socket;
    private final PushbackInputStream peekable;
    private final DataInputStream in;

    /** A frame as it came. */
    public record Frame(int opCode, boolean fin, boolean rsv1, ByteBuffer payload) {
        public String text() {
            return StandardCharsets.UTF_8.decode(payload.duplicate()).toString();
        }

        /** The code of a close frame. */
        public int closeCode() {
            return payload.getShort(0) & 0xFFFF;
        }
    }

    private RawSocket(Socket socket, int port, int receiveBuffer, int readAhead) throws IOException {
        this.socket = socket;
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        peekable = new PushbackInputStream(
                readAhead == 0 ? socket.getInputStream() : new BufferedInputStream(socket.getInputStream(), readAhead));
        in = new DataInputStream(peekable);
    }

    public static RawSocket connect(int port) throws IOException {
        return new RawSocket(new Socket(), port, 0, 0);
    }

    /** A connection that speaks TLS. */
    public static RawSocket connectByTls(int port, SSLContext context) throws IOException {
        return new RawSocket(context.getSocketFactory().createSocket(), port, 0, 0);
    }

    /** A connection that takes little before it is read from. */
    public static RawSocket connectWithSmallBuffer(int port) throws IOException {
        return new RawSocket(new Socket(), port, 4096, 0);
    }

    /** A connection that takes some tens of kilobytes before it is read from, and is fast once it is. */
    public static RawSocket connectNarrow(int port) throws IOException {
        return new RawSocket(new Socket(), port, NARROW_BUFFER, 0);
    }

    /** The same for many frames. */
    public static RawSocket connectNarrowReadingAhead(int port) throws IOException {
        return new RawSocket(new Socket(), port, NARROW_BUFFER, 1 << 13);
    }

    /** A connection that reads as much as comes: for many frames. */
    public static RawSocket connectReadingAhead(int port) throws IOException {
        return new RawSocket(new Socket(), port, 0, 1 << 16);
    }

    /** Opens a client's WebSocket. */
    public RawSocket upgrade(String id) throws IOException {
        return upgrade(id, "");
    }

    /** Opens a client's WebSocket by a handshake with more headers, each of which ends with its line. */
    public RawSocket upgrade(String id, String headers) throws IOException {
        send(handshake(id, headers));
        String answer = readHead();
        if (!answer.startsWith("HTTP/1.1 101 ")) {
            throw new AssertionError("not upgraded: " + answer);
        }
        return this;
    }

    /** A correct handshake request. */
    public static String handshake(String id) {
        return handshake(id, "");
    }

    /** A correct handshake request with more headers, each of which ends with its line. */
    public static String handshake(String id, String headers) {
        return handshakeAt("/ws/" + id, headers);
    }

    /** A correct handshake request for a path and its query, with more headers, each of which ends with its line. */
    public static String handshakeAt(String path, String headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + headers + "\r\n";
    }

    public RawSocket send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    public RawSocket send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** A masked frame with its length in the shortest form. */
    public static byte[] frame(int firstByte, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length).put((byte) firstByte);
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 1 << 16) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        frame.put(MASK);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ MASK[i % 4]));
        }
        byte[] bytes = new byte[frame.position()];
        frame.flip().get(bytes);
        return bytes;
    }

    /** A whole text message. */
    public static byte[] text(String text) {
        return frame(0x80 | TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The next frame, waiting for it. */
    public Frame readFrame() throws IOException {
        int first = in.readUnsignedByte();
        int second = in.readUnsignedByte();
        if ((second & 0x80) != 0) {
            throw new AssertionError("a server's frame is masked");
        }
        long length = second & 0x7F;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] payload = new byte[Math.toIntExact(length)];
        in.readFully(payload);
        return new Frame(first & 0x0F, (first & 0x80) != 0, (first & 0x40) != 0, ByteBuffer.wrap(payload));
    }

    /** The next frame that is no ping. Pings before it are answered, as every client of the protocol does it. */
    public Frame readFrameAnsweringPings() throws IOException {
        Frame frame = readFrame();
        while (frame.opCode() == PING) {
            answer(frame);
            frame = readFrame();
        }
        return frame;
    }

    /** Answers a ping with its payload. */
    public void answer(Frame ping) throws IOException {
        byte[] payload = new byte[ping.payload().remaining()];
        ping.payload().get(payload);
        send(frame(0x80 | PONG, payload));
    }

    /** Reads frames until the close frame, and returns its code. */
    public int readUntilClose() throws IOException {
        Frame frame = readFrame();
        while (frame.opCode() != CLOSE) {
            frame = readFrame();
        }
        return frame.closeCode();
    }

    /** The status line and headers of an answer. */
    public String readHead() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("the connection ended after: " + head);
            }
            head.write(b);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    /** A whole answer that says its length. */
    public String readAnswer() throws IOException {
        String head = readHead();
        Matcher length = CONTENT_LENGTH.matcher(head);
        return head + (length.find() ? readAll(Integer.parseInt(length.group(1))) : "");
    }

    /** Whether nothing comes, not even the end of the connection, for so long. Takes nothing away. */
    public boolean isSilentFor(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            int next = peekable.read();
            if (next >= 0) {
                peekable.unread(next);
            }
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (SocketException e) {
            return false;
        } finally {
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }
    }

    /** Sends this again and again, and does something in between, until the peer answers or hangs up: then all of it. */
    public String drip(String bytes, int times, Runnable between) throws IOException {
        for (int i = 0; i < times && isSilentFor(100); i++) {
            between.run();
            try {
                send(bytes);
            } catch (IOException e) {
                break;
            }
        }
        if (isSilentFor(100)) {
            throw new AssertionError("drips without end");
        }
        return readAll();
    }

    /** Everything up to the end of the connection; a reset counts as its end. */
    public String readAll() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        InputStream stream = in;
        try {
            for (int b = stream.read(); b >= 0; b = stream.read()) {
                all.write(b);
            }
        } catch (SocketException e) {
            return all.toString(StandardCharsets.UTF_8);
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /** Everything up to the end of the connection, which is not to be a reset. */
    public String readAllOrFail() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** As much as comes, up to so many bytes or the end of the connection; a reset counts as its end. */
    public String readAll(int atMost) throws IOException {
        try {
            return new String(in.readNBytes(atMost), StandardCharsets.UTF_8);
        } catch (SocketException e) {
            return "";
        }
    }

    /** Ends the connection with a reset instead of an orderly end. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
