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
        HotSpot memory = new HotSpot();
        memory.open();
        List<String> before = settings();
        memory.beginCollecting();
        List<String> meanwhile = settings();
        memory.endCollecting();
        assertThat(settings()).isEqualTo(before);
        boolean g1 = ManagementFactory.getGarbageCollectorMXBeans().stream()
                .anyMatch(collector -> collector.getName().startsWith("G1"));
        assertThat(meanwhile).isEqualTo(g1 ? List.of("5", "10", "1000") : before);
    }

    @Test
    void trimmingTwiceDoesNoHarm() {
        HotSpot memory = new HotSpot();
        memory.open();
        memory.trim();
        memory.trim();
        assertThat(memory.used()).isPositive().isLessThanOrEqualTo(memory.committed());
    }
}
