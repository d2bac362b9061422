package relay.footprint;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JVM of this process. Of its settings it changes those that may be changed while it runs, for as long as a round takes, and
 * only for G1, which is the collector unless somebody wants another: it marks a heap beside the threads and can give back the middle of it.
 * Where an operator has set one of them, the heap is left alone.
 */
final class HotSpot implements Memory {
    private static final Logger LOG = LoggerFactory.getLogger(HotSpot.class);

    /** The settings that are changed, in an order that keeps the first ratio below the second; and what makes an operator's wish known. */
    private static final String LEAST_FREE = "MinHeapFreeRatio";

    private static final String MOST_FREE = "MaxHeapFreeRatio";
    private static final String INTERVAL = "G1PeriodicGCInterval";
    private static final List<String> OF_THE_OPERATOR = List.of(LEAST_FREE, MOST_FREE, INTERVAL, "InitialHeapSize");

    private static final String FEW_PERCENT = "5";
    private static final String SOME_PERCENT = "10";
    private static final String MILLIS = "1000";

    /** Made at the first use: the JVM's management takes long to start. Null: not yet, or this JVM has none. */
    private @Nullable HotSpotDiagnosticMXBean diagnostics;

    /** What the settings were before they were changed; empty: nothing is changed. */
    private List<VMOption> before = List.of();

    private boolean trims = true;

    @Override
    public long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Override
    public long committed() {
        return Runtime.getRuntime().totalMemory();
    }

    @Override
    public void beginCollecting() {
        diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (diagnostics != null && isLeftToItself(diagnostics)) {
            before = List.of(
                    diagnostics.getVMOption(INTERVAL),
                    diagnostics.getVMOption(MOST_FREE),
                    diagnostics.getVMOption(LEAST_FREE));
            diagnostics.setVMOption(LEAST_FREE, FEW_PERCENT);
            diagnostics.setVMOption(MOST_FREE, SOME_PERCENT);
            diagnostics.setVMOption(INTERVAL, MILLIS);
        }
    }

    private static boolean isLeftToItself(HotSpotDiagnosticMXBean diagnostics) {
        return Boolean.parseBoolean(diagnostics.getVMOption("UseG1GC").getValue())
                && OF_THE_OPERATOR.stream()
                        .map(name -> diagnostics.getVMOption(name).getOrigin())
                        .allMatch(origin -> origin == VMOption.Origin.DEFAULT
                                || origin == VMOption.Origin.ERGONOMIC
                                || origin == VMOption.Origin.MANAGEMENT);
    }

    @Override
    public void endCollecting() {
        HotSpotDiagnosticMXBean changed = diagnostics;
        if (changed != null) {
            before.forEach(option -> changed.setVMOption(option.getName(), option.getValue()));
        }
        before = List.of();
    }

    /** It exists since Java 17.0.9, on Linux. */
    @Override
    public void trim() {
        if (trims) {
            try {
                MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
                Object said = beans.invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "systemTrimNativeHeap",
                        new Object[0],
                        new String[0]);
                LOG.debug("free memory outside the heap was given back: {}", said);
            } catch (JMException e) {
                trims = false;
                LOG.debug("this Java gives back no memory outside the heap", e);
            }
        }
    }
}
