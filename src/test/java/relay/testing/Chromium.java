package relay.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Debian's Chromium without a window, at one empty page of an origin of its own, to which DevTools send scripts. */
public final class Chromium implements AutoCloseable {
    private static final String PROGRAM = "/usr/bin/chromium";

    private final HttpServer pages;
    private final ExternalProgram browser;
    private final TestSocket devTools;
    private final List<JsonNode> events = new ArrayList<>();
    private int lastCommand;

    private Chromium(HttpServer pages, ExternalProgram browser, TestSocket devTools) {
        this.pages = pages;
        this.browser = browser;
        this.devTools = devTools;
    }

    /** Starts it, if it is there, with an empty directory for all that it keeps. */
    public static Chromium start(Path profile) {
        ExternalProgram.require("chromium", Map.of(), PROGRAM, "--version");
        HttpServer pages = servePages();
        String page = "http://127.0.0.1:" + pages.getAddress().getPort() + "/";
        ExternalProgram browser = ExternalProgram.start(
                Map.of("HOME", profile.toString(), "TMPDIR", profile.toString()),
                PROGRAM,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--no-proxy-server",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                page);
        try {
            Chromium chromium = new Chromium(pages, browser, TestSocket.open(devToolsUrl(browser, profile, page)));
            browser.awaitThat(() -> chromium.showsThePage(page));
            return chromium;
        } catch (RuntimeException | Error e) {
            browser.close();
            pages.stop(0);
            throw e;
        }
    }

    /** What a script, or the promise that it returns, comes to. */
    public JsonNode evaluate(String script) {
        JsonNode answer = answer(script);
        if (answer.has("error") || !answer.at("/result/exceptionDetails").isMissingNode()) {
            throw new AssertionError(script + " failed: " + answer);
        }
        return value(answer);
    }

    /** What a script comes to, which is an array of texts. */
    public List<String> evaluateToTexts(String script) {
        return StreamSupport.stream(evaluate(script).spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    /** Goes to another page, and from then on keeps what the browser complains of. */
    public void open(String url) {
        command("Log.enable", TestJson.object());
        command("Runtime.enable", TestJson.object());
        events.clear();
        command("Page.navigate", TestJson.object().put("url", url));
        browser.awaitThat(() -> showsThePage(url));
    }

    /** Errors and warnings that it has logged since the page was opened: the page's own, its exceptions, its breaches of policy. */
    public List<String> complaints() {
        evaluate("0");
        return events.stream()
                .map(Chromium::complaint)
                .flatMap(Optional::stream)
                .toList();
    }

    /** Gives the page a width in CSS pixels, as a phone or a screen has it, and a color scheme: light or dark. */
    public void present(int width, int height, String colorScheme) {
        ObjectNode metrics = TestJson.object()
                .put("width", width)
                .put("height", height)
                .put("deviceScaleFactor", 1)
                .put("mobile", width < 600);
        command("Emulation.setDeviceMetricsOverride", metrics);
        ObjectNode media = TestJson.object();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", colorScheme);
        command("Emulation.setEmulatedMedia", media);
    }

    /** Draws the page, all of it from top to bottom, into a PNG file. */
    public void draw(Path file) {
        ObjectNode all = TestJson.object().put("format", "png").put("captureBeyondViewport", true);
        JsonNode size = command("Page.getLayoutMetrics", TestJson.object()).at("/result/cssContentSize");
        all.putObject("clip")
                .put("x", 0)
                .put("y", 0)
                .put("width", size.path("width").asInt())
                .put("height", size.path("height").asInt())
                .put("scale", 1);
        String png = command("Page.captureScreenshot", all).at("/result/data").asText();
        try {
            Files.write(file, Base64.getDecoder().decode(png));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        devTools.abort();
        browser.close();
        pages.stop(0);
    }

    /** The page is named as the browser's before it is there, and scripts still run in the empty one that it replaces. */
    private boolean showsThePage(String page) {
        return value(answer("document.readyState === 'complete' && document.URL"))
                .asText()
                .equals(page);
    }

    private JsonNode answer(String script) {
        return command(
                "Runtime.evaluate",
                TestJson.object()
                        .put("expression", script)
                        .put("awaitPromise", true)
                        .put("returnByValue", true));
    }

    /** The answer to a command; events that come before it are kept. */
    private JsonNode command(String method, ObjectNode parameters) {
        lastCommand++;
        ObjectNode command = TestJson.object().put("id", lastCommand).put("method", method);
        command.set("params", parameters);
        devTools.send(command.toString());
        JsonNode received = TestJson.parse(devTools.receive());
        while (received.path("id").asInt() != lastCommand) {
            events.add(received);
            received = TestJson.parse(devTools.receive());
        }
        return received;
    }

    private static Optional<String> complaint(JsonNode event) {
        JsonNode entry = event.at("/params/entry");
        JsonNode said = event.at("/params");
        return switch (event.path("method").asText()) {
            case "Log.entryAdded" ->
                complaint(
                        entry.path("level").asText(),
                        entry.path("text").asText() + " " + entry.path("url").asText());
            case "Runtime.consoleAPICalled" ->
                complaint(said.path("type").asText(), said.path("args").toString());
            case "Runtime.exceptionThrown" ->
                Optional.of(said.path("exceptionDetails").toString());
            default -> Optional.empty();
        };
    }

    private static Optional<String> complaint(String level, String text) {
        return List.of("error", "warning", "assert").contains(level)
                ? Optional.of(level + ": " + text)
                : Optional.empty();
    }

    private static JsonNode value(JsonNode answer) {
        return answer.at("/result/result/value");
    }

    private static HttpServer servePages() {
        byte[] page = "<!doctype html><title>A page</title>".getBytes(StandardCharsets.UTF_8);
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                exchange.getResponseHeaders().set("Content-Type", "text/html");
                exchange.sendResponseHeaders(200, page.length);
                exchange.getResponseBody().write(page);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String devToolsUrl(ExternalProgram browser, Path profile, String page) {
        Path portFile = profile.resolve("DevToolsActivePort");
        browser.awaitThat(() -> lines(portFile).size() == 2);
        Api api = new Api(Integer.parseInt(lines(portFile).get(0)));
        browser.awaitThat(() -> devToolsUrl(api, page).isPresent());
        return devToolsUrl(api, page).orElseThrow();
    }

    private static Optional<String> devToolsUrl(Api api, String page) {
        return StreamSupport.stream(api.get("/json/list").json().spliterator(), false)
                .filter(target -> target.path("url").asText().equals(page))
                .map(target -> target.path("webSocketDebuggerUrl").asText())
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
