package relay.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who says what is logged: a file that is named, else the relay. */
class LogConfiguratorTest {
    private static final String FILE = "logback.configurationFile";

    private final String before = System.getProperty(FILE);
    private final LoggerContext log = new LoggerContext();

    @AfterEach
    void restore() {
        log.stop();
        if (before == null) {
            System.clearProperty(FILE);
        } else {
            System.setProperty(FILE, before);
        }
    }

    @Test
    void theRelaysNewsAndTheWarningsOfOthersAreLogged() {
        System.clearProperty(FILE);
        assertThat(configure()).isEqualTo(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);
        assertThat(log.getLogger("relay.Main").isInfoEnabled()).isTrue();
        assertThat(log.getLogger("relay.Main").isDebugEnabled()).isFalse();
        assertThat(log.getLogger("org.eclipse.jetty.server.Server").isWarnEnabled())
                .isTrue();
        assertThat(log.getLogger("org.eclipse.jetty.server.Server").isInfoEnabled())
                .isFalse();
        assertThat(log.getLogger("ROOT").getAppender("stdout").isStarted()).isTrue();
    }

    @Test
    void aFileOfSomebodysOwnTakesItsPlace() {
        System.setProperty(FILE, "logback-test.xml");
        assertThat(configure()).isEqualTo(ExecutionStatus.INVOKE_NEXT_IF_ANY);
        assertThat(log.getLogger("ROOT").iteratorForAppenders()).isExhausted();
    }

    private ExecutionStatus configure() {
        LogConfigurator configurator = new LogConfigurator();
        configurator.setContext(log);
        return configurator.configure(log);
    }
}
