package relay.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A program that opens the WebSocket URL that is its last argument, says {@code Connected to} it, prints each message
 * after a {@code <}, and closes its socket at the end of its input.
 */
public final class CommandLineClient implements WebSocketClient {
    private static final Pattern MESSAGE = Pattern.compile("< (.*)");

    private final List<String> command;
    private final Map<String, String> environment;
    private final List<ExternalProgram> runs = new ArrayList<>();

    private CommandLineClient(Map<String, String> environment, String... command) {
        this.command = List.of(command);
        this.environment = environment;
    }

    /** The program of the library {@code websockets}, if it is there. */
    public static CommandLineClient pythonWebsockets() {
        String python = "/usr/bin/python3";
        ExternalProgram.require("python3-websockets", Map.of(), python, "-c", "import websockets");
        return new CommandLineClient(Map.of(), python, "-u", "-m", "websockets");
    }

    /** The same over TLS, trusting this certificate. */
    public static CommandLineClient pythonWebsocketsTrusting(Path certificate) {
        CommandLineClient plain = pythonWebsockets();
        return new CommandLineClient(
                Map.of("SSL_CERT_FILE", certificate.toString()), plain.command.toArray(String[]::new));
    }

    /** The least program around the library {@code websockets} that shows a certificate of its own. */
    public static CommandLineClient pythonWebsocketsShowing(TestCertificate own, Path trusted) {
        CommandLineClient plain = pythonWebsockets();
        String script = """
                import asyncio, ssl, sys, websockets
                trusted, certificate, key, url = sys.argv[1:]
                async def run():
                    context = ssl.create_default_context(cafile=trusted)
                    context.load_cert_chain(certificate, key)
                    async with websockets.connect(url, ssl=context) as socket:
                        print('Connected to ' + url, flush=True)
                        async for message in socket:
                            print('< ' + message, flush=True)
                asyncio.run(run())
                """;
        return new CommandLineClient(
                Map.of(),
                plain.command.get(0),
                "-c",
                script,
                trusted.toString(),
                own.certificate().toString(),
                own.key().toString());
    }

    /** The least program around the library {@code ws}, if it is there. */
    public static CommandLineClient nodeWs() {
        String node = "/usr/bin/node";
        Map<String, String> debianLibraries = Map.of("NODE_PATH", "/usr/share/nodejs");
        ExternalProgram.require("nodejs node-ws", debianLibraries, node, "--eval", "require('ws')");
        String script = """
                const socket = new (require('ws'))(process.argv[1]);
                socket.on('open', () => console.log('Connected to ' + socket.url));
                socket.on('message', text => console.log('< ' + text));
                socket.on('error', error => console.log(error));
                process.stdin.on('end', () => socket.close()).resume();
                """;
        return new CommandLineClient(debianLibraries, node, "--eval", script);
    }

    @Override
    public void open(String url) {
        ExternalProgram run = ExternalProgram.start(
                environment, Stream.concat(command.stream(), Stream.of(url)).toArray(String[]::new));
        runs.add(run);
        run.awaitThat(() -> run.output().contains("Connected to " + url));
    }

    /** Has it send a text: what it reads as a line. */
    public void send(String text) {
        last().write(text);
    }

    /** All that it has written since it was last opened. */
    public String output() {
        return last().output();
    }

    private ExternalProgram last() {
        return runs.get(runs.size() - 1);
    }

    @Override
    public void leave() {
        ExternalProgram run = last();
        run.closeInput();
        if (run.exitStatus() != 0) {
            throw new AssertionError(run.output());
        }
    }

    @Override
    public List<String> received() {
        return runs.stream()
                .flatMap(run -> MESSAGE.matcher(run.output()).results())
                .map(found -> found.group(1))
                .toList();
    }

    @Override
    public void close() {
        runs.forEach(ExternalProgram::close);
    }
}
