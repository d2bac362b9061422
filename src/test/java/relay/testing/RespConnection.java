package relay.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A connection to a Redis server that asks one thing at a time, by RESP 2. One thread. */
final class RespConnection implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;

    RespConnection(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @return the reply's values, those of nested arrays one after the other; nothing for a null
     * @throws RedisErrorException if the reply is an error
     */
    List<String> ask(String... command) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(ascii("*" + command.length + "\r\n"));
        for (String word : command) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            request.writeBytes(ascii("$" + bytes.length + "\r\n"));
            request.writeBytes(bytes);
            request.writeBytes(ascii("\r\n"));
        }
        socket.getOutputStream().write(request.toByteArray());
        List<String> values = new ArrayList<>();
        readReply(values);
        return values;
    }

    private void readReply(List<String> values) throws IOException {
        String line = readLine();
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '+', ':' -> values.add(rest);
            case '-' -> throw new RedisErrorException(rest);
            case '$' -> readText(Integer.parseInt(rest), values);
            case '*' -> {
                for (int left = Integer.parseInt(rest); left > 0; left--) {
                    readReply(values);
                }
            }
            default -> throw new IOException("not RESP: " + line);
        }
    }

    private void readText(int length, List<String> values) throws IOException {
        if (length >= 0) {
            byte[] bytes = new byte[length];
            in.readFully(bytes);
            in.readFully(new byte[2]);
            values.add(new String(bytes, StandardCharsets.UTF_8));
        }
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.readUnsignedByte(); b != '\r'; b = in.readUnsignedByte()) {
            line.write(b);
        }
        in.readFully(new byte[1]);
        return line.toString(StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
