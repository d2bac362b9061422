package relay.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In the JVM of the tests: its collector may be any. */
class HotSpotTest {
    private static List<String> settings() {
        HotSpotDiagnosticMXBean diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return List.of(
                diagnostics.getVMOption("MinHeapFreeRatio").getValue(),
                diagnostics.getVMOption("MaxHeapFreeRatio").getValue(),
                diagnostics.getVMOption("G1PeriodicGCInterval").getValue());
    }

    @Test
    void theSettingsAreAsBeforeAfterARound() {
        HotSpot process = new HotSpot();
        List<String> before = settings();
        process.beginCollecting();
        List<String> meanwhile = settings();
        process.endCollecting();
        assertThat(settings()).isEqualTo(before);
        assertThat(meanwhile).isIn(before, List.of("5", "10", "1000"));
    }

    @Test
    void trimmingTwiceDoesNoHarm() {
        HotSpot process = new HotSpot();
        process.trim();
        process.trim();
        assertThat(process.used()).isPositive().isLessThanOrEqualTo(process.committed());
    }
}
