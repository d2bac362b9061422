package relay.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * A proxy of others in front of a relay. It speaks TLS to its clients and goes by the file that the project ships for it, with
 * just ports and paths put in the place of those in the file; or it goes by what a test writes.
 */
public final class ReverseProxy implements AutoCloseable {
    private static final Path SHIPPED = Path.of("src", "main", "deploy");
    private static final String RELAY = "127.0.0.1:8000";

    private static final String KEPT_BY_NGINX = "keepalive_timeout 60s";
    private static final String KEPT_BY_HAPROXY = "pool-purge-delay 5s";

    private final ExternalProgram program;
    private final int port;

    private ReverseProxy(ExternalProgram program, int port) {
        this.program = program;
        this.port = port;
        program.awaitThat(this::isListening);
    }

    /** nginx, if it is there. */
    public static ReverseProxy nginx(Path folder, TestCertificate certificate, int relayPort) throws IOException {
        return nginx(folder, certificate, relayPort, KEPT_BY_NGINX);
    }

    /**
     * nginx, if it is there.
     *
     * @param kept how long it keeps its connections to the relay
     */
    public static ReverseProxy nginx(Path folder, TestCertificate certificate, int relayPort, String kept)
            throws IOException {
        Shipped site = shipped(Path.of("nginx", "relay.conf"))
                .put(KEPT_BY_NGINX, kept)
                .put("/etc/ssl/relay.crt", certificate.certificate().toString())
                .put("/etc/ssl/relay.key", certificate.key().toString())
                .put("/var/log/nginx/relay.log", "/dev/stdout")
                .put(RELAY, "127.0.0.1:" + relayPort);
        return nginx(
                folder,
                port -> site.put("listen 443 ", "listen 127.0.0.1:" + port + " ")
                        .text());
    }

    /**
     * nginx, if it is there.
     *
     * @param http what its http section says; it is to listen on this port
     */
    public static ReverseProxy nginx(Path folder, IntFunction<String> http) throws IOException {
        String nginx = "/usr/sbin/nginx";
        ExternalProgram.require("nginx", Map.of(), nginx, "-v");
        int port = FreePort.find();
        Files.writeString(folder.resolve("relay.conf"), http.apply(port));
        // One process: a master that is killed after its worker would have started another one.
        Path main = Files.writeString(folder.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    include %1$s/relay.conf;
                }
                """.formatted(folder));
        return new ReverseProxy(ExternalProgram.start(Map.of(), nginx, "-e", "stderr", "-c", main.toString()), port);
    }

    /** HAProxy, if it is there. */
    public static ReverseProxy haProxy(Path folder, TestCertificate certificate, int relayPort) throws IOException {
        return haProxy(folder, certificate, relayPort, KEPT_BY_HAPROXY);
    }

    /**
     * HAProxy, if it is there.
     *
     * @param kept how long it keeps its connections to the relay
     */
    public static ReverseProxy haProxy(Path folder, TestCertificate certificate, int relayPort, String kept)
            throws IOException {
        Path both = Files.writeString(
                folder.resolve("relay.pem"),
                Files.readString(certificate.certificate()) + Files.readString(certificate.key()));
        Shipped sections = shipped(Path.of("haproxy", "relay.cfg"))
                .put(KEPT_BY_HAPROXY, kept)
                .put("/etc/ssl/relay.pem", both.toString())
                .put(RELAY, "127.0.0.1:" + relayPort);
        return haProxy(
                folder,
                port -> sections.put("bind :443 ", "bind 127.0.0.1:" + port + " ")
                        .text());
    }

    /**
     * HAProxy, if it is there.
     *
     * @param sections what it goes by beside its global section; it is to listen on this port
     */
    public static ReverseProxy haProxy(Path folder, IntFunction<String> sections) throws IOException {
        String haProxy = "/usr/sbin/haproxy";
        ExternalProgram.require("haproxy", Map.of(), haProxy, "-v");
        int port = FreePort.find();
        Path file = Files.writeString(
                folder.resolve("haproxy.cfg"),
                "global\n    maxconn 100\n    log stdout format raw daemon\n" + sections.apply(port));
        return new ReverseProxy(ExternalProgram.start(Map.of(), haProxy, "-db", "-f", file.toString()), port);
    }

    /** A file that the project ships, with some words in it put in the place of others. */
    private record Shipped(String text) {
        Shipped put(String inPlaceOf, String words) {
            if (!text.contains(inPlaceOf)) {
                throw new AssertionError("the file that is shipped does not have " + inPlaceOf);
            }
            return new Shipped(text.replace(inPlaceOf, words));
        }
    }

    private static Shipped shipped(Path file) throws IOException {
        return new Shipped(Files.readString(SHIPPED.resolve(file)));
    }

    private boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Where its clients reach it. */
    public int port() {
        return port;
    }

    /** What it has to say, and what it logs. */
    public String output() {
        return program.output();
    }

    @Override
    public void close() {
        program.close();
    }
}
