package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The list of hops in the root's package-info, from a request to the socket, says what the code does. */
class WayOfAMessageTest {
    private static final Path LIST = Path.of("src/main/java/relay/package-info.java");
    private static final Pattern HOP = Pattern.compile("([\\w.]+)\\.(\\w+) ([→⇒⇢]) ([\\w.]+)\\.(\\w+)");
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("relay");

    private record Step(String type, String method) {
        @Override
        public String toString() {
            return type + "." + method;
        }
    }

    private record Hop(Step from, String arrow, Step to) {
        static Hop of(MatchResult found) {
            return new Hop(
                    new Step(found.group(1), found.group(2)), found.group(3), new Step(found.group(4), found.group(5)));
        }

        @Override
        public String toString() {
            return from + " " + arrow + " " + to;
        }
    }

    @Test
    void everyHopIsInTheCode() throws IOException {
        assertThat(hops())
                .hasSizeGreaterThan(20)
                .allSatisfy(hop -> assertThat(isThere(hop)).as("%s", hop).isTrue());
    }

    @Test
    void everyHopBeginsWhereAnotherEnded() throws IOException {
        List<Hop> hops = hops();
        Set<Step> reached = new HashSet<>(Set.of(hops.get(0).from()));
        for (Hop hop : hops) {
            assertThat(reached).as("%s", hop).contains(hop.from());
            reached.add(hop.to());
        }
    }

    @Test
    void itGoesFromARequestToASocket() throws IOException {
        List<Hop> hops = hops();
        assertThat(hops.get(0).from()).hasToString("PublishServlet.handle");
        assertThat(hops.get(hops.size() - 1).to()).hasToString("RelayConnection.write");
    }

    @ParameterizedTest
    @CsvSource({
        "Hub.publish → History.append",
        "Hub.nothing → Engine.publish",
        "Hub.publish → Engine.nothing",
        "Nobody.publish → Engine.publish",
        "Engine.publish ⇒ Hub.publish",
        "Engine.publish ⇒ MemoryEngine.nothing",
        "Hub.publish ⇢ WorkerLoop.Delivery.run",
        "WorkerLoop.deliver ⇢ WorkerLoop.Delivery.nothing"
    })
    void aBrokenHopIsSeen(String hop) {
        assertThat(isThere(HOP.matcher(hop).results().map(Hop::of).findFirst().orElseThrow()))
                .isFalse();
    }

    private static List<Hop> hops() throws IOException {
        return HOP.matcher(Files.readString(LIST)).results().map(Hop::of).toList();
    }

    private static boolean isThere(Hop hop) {
        List<JavaCodeUnit> targets = methods(hop.to());
        return methods(hop.from()).stream()
                .anyMatch(from -> targets.stream().anyMatch(to -> switch (hop.arrow()) {
                    case "→" -> calls(from, to);
                    case "⇒" -> to.getOwner().isAssignableTo(from.getOwner().getName()) && !to.equals(from);
                    default -> creates(from, to.getOwner()) && to.getOwner().isAssignableTo(Runnable.class);
                }));
    }

    /** By itself, in a lambda, or by a method reference. */
    private static boolean calls(JavaCodeUnit from, JavaCodeUnit to) {
        List<JavaAccess<?>> accesses = new ArrayList<>(from.getCallsFromSelf());
        accesses.addAll(from.getCodeUnitReferencesFromSelf());
        return accesses.stream()
                .anyMatch(access -> access.getTarget().getName().equals(to.getName())
                        && access.getTargetOwner().equals(to.getOwner()));
    }

    private static boolean creates(JavaCodeUnit from, JavaClass type) {
        return from.getConstructorCallsFromSelf().stream()
                .anyMatch(call -> call.getTargetOwner().equals(type));
    }

    private static List<JavaCodeUnit> methods(Step step) {
        return CLASSES.stream()
                .filter(type -> ("." + type.getName().replace('$', '.')).endsWith("." + step.type()))
                .flatMap(type -> type.getCodeUnits().stream())
                .filter(method -> method.getName().equals(step.method()))
                .toList();
    }
}
