package relay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import relay.testing.Chromium;
import relay.testing.TestJson;

/** The console as it is seen and used in a browser: elements are named by their ids. */
final class ConsolePage {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Chromium chromium;

    ConsolePage(Chromium chromium) {
        this.chromium = chromium;
    }

    void type(String id, String text) {
        chromium.evaluate("(() => { const input = document.getElementById(" + quoted(id) + "); input.value = "
                + quoted(text) + "; input.dispatchEvent(new Event('input', { bubbles: true })); })()");
    }

    void click(String id) {
        chromium.evaluate("document.getElementById(" + quoted(id) + ").click()");
    }

    /** Presses a button that has these words on it, inside an element. */
    void press(String id, String words) {
        chromium.evaluate("[...document.querySelectorAll(" + quoted("#" + id + " button")
                + ")].find(button => button.textContent === " + quoted(words) + ").click()");
    }

    /** What is to be read there; empty if it is hidden. */
    String text(String id) {
        return chromium.evaluate("(one => one.checkVisibility() ? one.innerText : '')(document.getElementById("
                        + quoted(id) + "))")
                .asText();
    }

    /** What is to be read in each of the elements that a selector finds. */
    List<String> texts(String selector) {
        return chromium.evaluateToTexts("[...document.querySelectorAll(" + quoted(selector)
                + ")].filter(one => one.checkVisibility()).map(one => one.innerText)");
    }

    boolean is(String condition) {
        return chromium.evaluate(condition).asBoolean();
    }

    void awaitText(String id, String part) {
        await().atMost(TIMEOUT).untilAsserted(() -> assertThat(text(id)).contains(part));
    }

    void awaitTexts(String selector, List<String> expected) {
        await().atMost(TIMEOUT).untilAsserted(() -> assertThat(texts(selector)).isEqualTo(expected));
    }

    /** Nothing that came as text became a part of the page. */
    void assertThatNothingRan() {
        assertThat(is("globalThis.ran === undefined")).isTrue();
        assertThat(is("[...document.images].every(image => image.src.endsWith('/favicon.svg'))"))
                .isTrue();
    }

    private static String quoted(String text) {
        return TestJson.text(text).toString();
    }
}
