package relay.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Debian's Chromium without a window, at one empty page of an origin of its own, to which DevTools send scripts. */
public final class Chromium implements AutoCloseable {
    private static final String PROGRAM = "/usr/bin/chromium";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer pages;
    private final OtherProgram browser;
    private final TestSocket devTools;
    private int lastCommand;

    private Chromium(HttpServer pages, OtherProgram browser, TestSocket devTools) {
        this.pages = pages;
        this.browser = browser;
        this.devTools = devTools;
    }

    /** Starts it, if it is there, with an empty directory for all that it keeps. */
    public static Chromium start(Path profile) {
        OtherProgram.require("chromium", Map.of(), PROGRAM, "--version");
        HttpServer pages = servePages();
        String page = "http://127.0.0.1:" + pages.getAddress().getPort() + "/";
        OtherProgram browser = OtherProgram.start(
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
        lastCommand++;
        ObjectNode command = JSON.createObjectNode().put("id", lastCommand).put("method", "Runtime.evaluate");
        command.putObject("params")
                .put("expression", script)
                .put("awaitPromise", true)
                .put("returnByValue", true);
        devTools.send(command.toString());
        return parse(devTools.receive());
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

    private static String devToolsUrl(OtherProgram browser, Path profile, String page) {
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

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }
}
