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

    /** Null: not opened yet, or this JVM has none. */
    private @Nullable HotSpotDiagnosticMXBean diagnostics;

    /** What the settings were before they were changed; empty: nothing is changed. */
    private List<VMOption> before = List.of();

    /** Null: not opened yet, or this JVM does not trim. */
    private @Nullable MBeanServer beans;

    @Override
    public void open() {
        diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        beans = ManagementFactory.getPlatformMBeanServer();
    }

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
        HotSpotDiagnosticMXBean settings = diagnostics;
        if (settings != null && isLeftToItself(settings)) {
            before = List.of(
                    settings.getVMOption(INTERVAL), settings.getVMOption(MOST_FREE), settings.getVMOption(LEAST_FREE));
            settings.setVMOption(LEAST_FREE, FEW_PERCENT);
            settings.setVMOption(MOST_FREE, SOME_PERCENT);
            settings.setVMOption(INTERVAL, MILLIS);
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
        MBeanServer open = beans;
        if (open != null) {
            try {
                Object said = open.invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "systemTrimNativeHeap",
                        new Object[0],
                        new String[0]);
                LOG.debug("free memory outside the heap was given back: {}", said);
            } catch (JMException e) {
                beans = null;
                LOG.debug("this Java gives back no memory outside the heap", e);
            }
        }
    }
}
