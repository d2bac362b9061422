package relay.bench;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of a relay as the load tool needs, with a fault built in. A daemon thread for each connection; one publish at a
 * time.
 */
final class FakeRelay implements AutoCloseable {
    private static final Pattern TOPICS = Pattern.compile("\"topics\":\\[\"([^\"]+)\"]");
    private static final Pattern PUBLISH = Pattern.compile("\\{\"topic\":\"([^\"]+)\",\"message\":\"([^\"]+)\"}");
    private static final Pattern AFTER = Pattern.compile("after=e-(\\d+)");
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

    private static final String UPGRADED = String.join(
            "\r\n",
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "",
            "");

    private final ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    private final Fault fault;
    private final Map<String, String> topics = new ConcurrentHashMap<>();
    private final List<Wire> wires = new CopyOnWriteArrayList<>();
    private final AtomicInteger registered = new AtomicInteger();
    private final AtomicInteger pongs = new AtomicInteger();
    private final Map<String, List<String>> past = new ConcurrentHashMap<>();
    private int published;

    /** What it does wrong. All methods do right. */
    interface Fault {
        /** What the subscribers of the topic get when this text is published as the number-th, counted from 0. */
        default List<String> deliver(int number, String text) {
            return List.of(text);
        }

        /** What a client gets when it comes back and already has so many of all the messages. */
        default List<String> replay(List<String> all, int had) {
            return all.subList(had, all.size());
        }

        default int publishStatus(int number) {
            return 200;
        }

        default int registerStatus() {
            return 200;
        }

        default int upgradeStatus() {
            return 101;
        }

        default boolean endsConnectionsAfter(int number) {
            return false;
        }
    }

    private record Wire(String topic, Socket socket, OutputStream out, boolean isJson) {
        void send(String text, int sequence) throws IOException {
            String envelope =
                    "{\"id\":\"e-" + sequence + "\",\"topic\":\"" + topic + "\",\"message\":\"" + text + "\"}";
            out.write(frame(0x81, isJson ? envelope : text));
        }
    }

    private record Request(String line, String body) {}

    FakeRelay(Fault fault) throws IOException {
        this.fault = fault;
        start("fake-relay", this::accept);
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    /** How many pings were answered; each connection gets one when it opens. */
    int pongs() {
        return pongs.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                start("fake-relay-connection", () -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            while (true) {
                Request request = read(in);
                if (request.line.startsWith("GET /ws/")) {
                    upgrade(request.line.substring(8, request.line.lastIndexOf(' ')), socket, in);
                    return;
                }
                answer(socket.getOutputStream(), request);
            }
        } catch (IOException e) {
            return;
        }
    }

    private void answer(OutputStream out, Request request) throws IOException {
        if (request.line.startsWith("POST /register ")) {
            String id = "id" + registered.incrementAndGet();
            topics.put(id, find(TOPICS, request.body, 1));
            send(out, fault.registerStatus(), "{\"url\":\"ws://x/ws/" + id + "\",\"id\":\"" + id + "\"}");
        } else {
            send(out, publish(find(PUBLISH, request.body, 1), find(PUBLISH, request.body, 2)), "{\"queued\":1}");
        }
    }

    private synchronized int publish(String topic, String text) throws IOException {
        int number = published++;
        int status = fault.publishStatus(number);
        if (status == 200) {
            List<String> all = past.computeIfAbsent(topic, name -> new ArrayList<>());
            all.add(text);
            for (Wire wire : wires) {
                if (wire.topic.equals(topic)) {
                    deliver(wire, fault.deliver(number, text), all.size());
                }
            }
        }
        if (fault.endsConnectionsAfter(number)) {
            for (Wire wire : wires) {
                wire.socket.close();
            }
            wires.clear();
        }
        return status;
    }

    private void deliver(Wire wire, List<String> texts, int sequence) {
        try {
            for (String text : texts) {
                wire.send(text, sequence);
            }
        } catch (IOException e) {
            wires.remove(wire);
        }
    }

    private void upgrade(String resource, Socket socket, DataInputStream in) throws IOException {
        OutputStream out = socket.getOutputStream();
        if (fault.upgradeStatus() != 101) {
            send(out, fault.upgradeStatus(), "");
            return;
        }
        boolean isJson = resource.contains("format=json");
        Matcher after = AFTER.matcher(resource);
        int had = after.find() ? Integer.parseInt(after.group(1)) : 0;
        Wire wire = new Wire(topics.get(resource.replaceFirst("\\?.*", "")), socket, out, isJson);
        synchronized (this) {
            out.write(UPGRADED.getBytes(StandardCharsets.US_ASCII));
            out.write(frame(0x89, "there?"));
            List<String> all = past.getOrDefault(wire.topic, List.of());
            List<String> replayed = isJson ? fault.replay(List.copyOf(all), had) : List.of();
            for (String text : replayed) {
                wire.send(text, all.indexOf(text) + 1);
            }
            wires.add(wire);
        }
        byte[] pong = new byte[12];
        in.readFully(pong);
        if (pong[0] == (byte) 0x8A
                && pong[1] == (byte) 0x86
                && new String(pong, 6, 6, StandardCharsets.US_ASCII).equals("there?")) {
            pongs.incrementAndGet();
        }
        in.read();
    }

    private static Request read(DataInputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        Matcher length = LENGTH.matcher(head);
        byte[] body = in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
        return new Request(head.substring(0, head.indexOf("\r\n")), new String(body, StandardCharsets.US_ASCII));
    }

    private static void send(OutputStream out, int status, String body) throws IOException {
        out.write(("HTTP/1.1 " + status + " Whatever\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] frame(int first, String payload) {
        ByteBuffer frame = ByteBuffer.allocate(4 + payload.length()).put((byte) first);
        if (payload.length() < 126) {
            frame.put((byte) payload.length());
        } else {
            frame.put((byte) 126).putShort((short) payload.length());
        }
        frame.put(payload.getBytes(StandardCharsets.US_ASCII)).flip();
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    private static String find(Pattern pattern, String text, int group) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("not understood: " + text);
        }
        return matcher.group(group);
    }
}
