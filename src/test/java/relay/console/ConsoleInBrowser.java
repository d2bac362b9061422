package relay.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Chromium;

/** The console in one browser for all tests of a class, in which nothing is ever to go wrong. */
abstract class ConsoleInBrowser {
    static final String MARKUP = "<img src=x onerror=globalThis.ran=1>";

    @TempDir
    private static Path profile;

    @AutoClose
    static Chromium chromium;

    static ConsolePage page;

    @BeforeAll
    static void startTheBrowser() {
        chromium = Chromium.start(profile);
        page = new ConsolePage(chromium);
    }

    /** What was not to be had is told by the page itself, and logged by the browser: that is no fault of the page's. */
    @AfterEach
    void theBrowserHadNothingToComplainOf() {
        assertThat(chromium.complaints()).allMatch(complaint -> complaint.contains("Failed to load resource"));
    }
}
