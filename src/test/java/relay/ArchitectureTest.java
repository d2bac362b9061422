package relay;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessField;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethod;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Who may import whom. Each rule takes the base package, so that it can be tried on {@code relay.seeded} too, a house in
 * which every rule is broken once: a rule that cannot fail proves nothing.
 */
class ArchitectureTest {
    /** An arrow reads "imports". A room that is not named here may not exist. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("message", Set.of()),
            Map.entry("outbound", Set.of("message")),
            Map.entry("client", Set.of("outbound", "message")),
            Map.entry("history", Set.of("engine", "message", "schedule")),
            Map.entry("publish", Set.of("outbound", "engine", "message", "schedule", "fatal")),
            Map.entry(
                    "fanout",
                    Set.of("history", "publish", "client", "outbound", "engine", "message", "metrics", "schedule")),
            Map.entry(
                    "hub",
                    Set.of(
                            "fanout",
                            "history",
                            "publish",
                            "client",
                            "outbound",
                            "engine",
                            "message",
                            "metrics",
                            "schedule",
                            "access",
                            "uri",
                            "fatal")),
            Map.entry(
                    "websocket",
                    Set.of(
                            "hub",
                            "publish",
                            "engine",
                            "client",
                            "outbound",
                            "message",
                            "access",
                            "json",
                            "schedule",
                            "uri",
                            "fatal")),
            Map.entry(
                    "eventstream",
                    Set.of("hub", "client", "outbound", "message", "access", "json", "schedule", "uri", "fatal")),
            Map.entry(
                    "http",
                    Set.of(
                            "fatal",
                            "hook",
                            "hub",
                            "publish",
                            "client",
                            "outbound",
                            "engine",
                            "message",
                            "access",
                            "json",
                            "metrics",
                            "net",
                            "schedule",
                            "uri")),
            Map.entry("console", Set.of("http", "uri")),
            Map.entry("uri", Set.of("access", "message")),
            Map.entry("access", Set.of("message", "schedule")),
            Map.entry("json", Set.of("message")),
            Map.entry("net", Set.of("fatal", "message", "schedule", "uri")),
            Map.entry("schedule", Set.of("fatal")),
            Map.entry("settings", Set.of("message", "access", "engine", "net", "uri")),
            Map.entry("logging", Set.of()),
            Map.entry("footprint", Set.of()),
            Map.entry("metrics", Set.of()),
            Map.entry("hook", Set.of("engine", "message", "access", "json", "schedule", "fatal")),
            Map.entry("engine", Set.of("fatal", "client", "message", "metrics")),
            Map.entry("fatal", Set.of()),
            Map.entry("bench", Set.of()));

    static final List<String> ROOMS = ARROWS.keySet().stream().sorted().toList();

    static ArchRule packagesFormNoCycle(String base) {
        return slices().matching(base + ".(*)..").should().beFreeOfCycles().allowEmptyShould(true);
    }

    static ArchRule importsFollowTheArrows(String base) {
        return classes()
                .that()
                .resideInAPackage(base + ".*..")
                .should(importOnlyAlongTheArrows(base))
                .allowEmptyShould(true);
    }

    static ArchRule jettyStaysInTheRootAndTheWires(String base) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(
                        base,
                        base + ".websocket..",
                        base + ".eventstream..",
                        base + ".http..",
                        base + ".console..",
                        base + ".uri..",
                        base + ".schedule..",
                        base + ".net..",
                        base + ".bench..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.jetty..")
                .allowEmptyShould(true);
    }

    /** Elsewhere the table of routes says what a path is. The bench is a client. */
    static ArchRule onlyTheTableOfRoutesParsesPaths(String base) {
        return noClasses()
                .that()
                .resideInAPackage(base + "..")
                .and()
                .resideOutsideOfPackages(base + ".uri..", base + ".bench..")
                .should(callMethodWhere(target(
                                nameMatching(
                                        "getPath|getCanonicalPath|getDecodedPath|getPathQuery|getPathInfo|getPathInContext|getServletPath|getRequestURI"))
                        .and(target(owner(belongToAnyOf(HttpURI.class, Request.class, HttpServletRequest.class))))))
                .allowEmptyShould(true);
    }

    static ArchRule jacksonStaysWhereJsonIs(String base) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(base + ".json..", base + ".websocket..", base + ".http..", base + ".hook..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml.jackson..")
                .allowEmptyShould(true);
    }

    static ArchRule prometheusStaysWhereMetricsAre(String base) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".metrics..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.prometheus..")
                .allowEmptyShould(true);
    }

    static ArchRule lettuceStaysInTheEngineInRedis(String base) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".engine.redis..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lettuce..", "io.netty..", "reactor..")
                .allowEmptyShould(true);
    }

    static ArchRule benchNeedsOnlyTheJdkAndItsThreeLibraries(String base) {
        return classes()
                .that()
                .resideInAPackage(base + ".bench..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        base + ".bench..",
                        "java..",
                        "javax..",
                        "org.jspecify.annotations",
                        "org.HdrHistogram",
                        "org.eclipse.jetty.io..",
                        "org.eclipse.jetty.util..",
                        "picocli")
                .allowEmptyShould(true);
    }

    static ArchRule packagesAreNullMarked(String base) {
        return classes()
                .that()
                .resideInAPackage(base + "..")
                .should(beInANullMarkedPackage())
                .allowEmptyShould(true);
    }

    static ArchRule staticFieldsAreFinal(String base) {
        return fields().that()
                .areDeclaredInClassesThat()
                .resideInAPackage(base + "..")
                .and()
                .areStatic()
                .should()
                .beFinal()
                .allowEmptyShould(true);
    }

    static ArchRule onlyTheRootExitsOrPrints(String base) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base)
                .should(callMethod(System.class, "exit", int.class))
                .orShould(accessField(System.class, "out"))
                .orShould(accessField(System.class, "err"))
                .allowEmptyShould(true);
    }

    private static ArchCondition<JavaClass> importOnlyAlongTheArrows(String base) {
        return new ArchCondition<>("import only along the arrows") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                String room = room(base, origin);
                Set<String> allowed = ARROWS.get(room);
                if (allowed == null) {
                    events.add(SimpleConditionEvent.violated(
                            origin, origin.getName() + " is in the room '" + room + "', which has no arrows"));
                    return;
                }
                origin.getDirectDependenciesFromSelf().stream()
                        .filter(dependency -> isBelow(base, dependency.getTargetClass()))
                        .filter(dependency -> !mayImport(room, allowed, room(base, dependency.getTargetClass())))
                        .map(Dependency::getDescription)
                        .forEach(description -> events.add(SimpleConditionEvent.violated(origin, description)));
            }
        };
    }

    private static boolean mayImport(String room, Set<String> allowed, String target) {
        return target.equals(room) || allowed.contains(target);
    }

    private static boolean isBelow(String base, JavaClass type) {
        return (type.getPackageName() + ".").startsWith(base + ".");
    }

    /** The first name below the base package; empty for the root itself. */
    private static String room(String base, JavaClass type) {
        String rest = type.getPackageName().substring(base.length());
        return rest.isEmpty() ? "" : rest.substring(1).replaceFirst("\\..*", "");
    }

    private static ArchCondition<JavaClass> beInANullMarkedPackage() {
        return new ArchCondition<>("be in a package whose package-info is @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                    events.add(SimpleConditionEvent.violated(
                            type, type.getName() + " is in a package without a @NullMarked package-info"));
                }
            }
        };
    }

    @Nested
    class OfTheRelay {
        private static final JavaClasses CLASSES = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("relay");

        @Test
        void thereIsSomethingToCheck() {
            assertThat(CLASSES).extracting(JavaClass::getName).contains("relay.Main");
        }

        @Test
        void packagesFormNoCycle() {
            ArchitectureTest.packagesFormNoCycle("relay").check(CLASSES);
        }

        @Test
        void importsFollowTheArrows() {
            ArchitectureTest.importsFollowTheArrows("relay").check(CLASSES);
        }

        @ParameterizedTest
        @FieldSource("relay.ArchitectureTest#ROOMS")
        void everyArrowIsNeeded(String room) throws IOException {
            try (Stream<Path> files = Files.walk(Path.of("src/main/java/relay", room))) {
                String sources =
                        files.filter(Files::isRegularFile).map(OfTheRelay::read).collect(Collectors.joining());
                assertThat(ARROWS.get(room)).allMatch(target -> sources.contains("import relay." + target + "."));
            }
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Test
        void jettyStaysInTheRootAndTheWires() {
            ArchitectureTest.jettyStaysInTheRootAndTheWires("relay").check(CLASSES);
        }

        @Test
        void onlyTheTableOfRoutesParsesPaths() {
            ArchitectureTest.onlyTheTableOfRoutesParsesPaths("relay").check(CLASSES);
        }

        @Test
        void jacksonStaysWhereJsonIs() {
            ArchitectureTest.jacksonStaysWhereJsonIs("relay").check(CLASSES);
        }

        @Test
        void prometheusStaysWhereMetricsAre() {
            ArchitectureTest.prometheusStaysWhereMetricsAre("relay").check(CLASSES);
        }

        @Test
        void lettuceStaysInTheEngineInRedis() {
            ArchitectureTest.lettuceStaysInTheEngineInRedis("relay").check(CLASSES);
        }

        @Test
        void benchNeedsOnlyTheJdkAndItsThreeLibraries() {
            ArchitectureTest.benchNeedsOnlyTheJdkAndItsThreeLibraries("relay").check(CLASSES);
        }

        @Test
        void packagesAreNullMarked() {
            ArchitectureTest.packagesAreNullMarked("relay").check(CLASSES);
        }

        @Test
        void staticFieldsAreFinal() {
            ArchitectureTest.staticFieldsAreFinal("relay").check(CLASSES);
        }

        @Test
        void onlyTheRootExitsOrPrints() {
            ArchitectureTest.onlyTheRootExitsOrPrints("relay").check(CLASSES);
        }
    }

    @Nested
    class OfAHouseWhereEveryRuleIsBroken {
        private static final String BASE = "relay.seeded";
        private static final JavaClasses CLASSES = new ClassFileImporter().importPackages(BASE);

        @Test
        void aCycleIsSeen() {
            assertThat(violationsOf(ArchitectureTest.packagesFormNoCycle(BASE)))
                    .singleElement()
                    .asString()
                    .contains("Slice hub", "Slice message", "SeesTheHub", "SeesTheMessage");
        }

        @Test
        void importsAgainstTheArrowsAreSeen() {
            assertThat(violationsOf(ArchitectureTest.importsFollowTheArrows(BASE)))
                    .satisfiesExactlyInAnyOrder(
                            violation -> assertThat(violation).contains("attic.Forgotten", "no arrows"),
                            violation -> assertThat(violation).contains("client.SeesTheRoot", "AllowedInTheRoot"),
                            violation -> assertThat(violation).contains("http.SeesTheOtherWire", "websocket.Wire"),
                            violation -> assertThat(violation).contains("message.SeesTheHub", "hub.SeesTheMessage"));
        }

        @Test
        void jettyElsewhereIsSeen() {
            assertThat(violationsOf(ArchitectureTest.jettyStaysInTheRootAndTheWires(BASE)))
                    .singleElement()
                    .asString()
                    .contains("metrics.UsesJetty");
        }

        @Test
        void aPathThatIsParsedElsewhereIsSeen() {
            assertThat(violationsOf(ArchitectureTest.onlyTheTableOfRoutesParsesPaths(BASE)))
                    .singleElement()
                    .asString()
                    .contains("http.ParsesPath");
        }

        @Test
        void jacksonElsewhereIsSeen() {
            assertThat(violationsOf(ArchitectureTest.jacksonStaysWhereJsonIs(BASE)))
                    .singleElement()
                    .asString()
                    .contains("metrics.UsesJackson");
        }

        @Test
        void prometheusElsewhereIsSeen() {
            assertThat(violationsOf(ArchitectureTest.prometheusStaysWhereMetricsAre(BASE)))
                    .singleElement()
                    .asString()
                    .contains("client.UsesPrometheus");
        }

        @Test
        void lettuceElsewhereIsSeen() {
            assertThat(violationsOf(ArchitectureTest.lettuceStaysInTheEngineInRedis(BASE)))
                    .singleElement()
                    .asString()
                    .contains("http.UsesLettuce");
        }

        @Test
        void anotherLibraryInTheBenchIsSeen() {
            assertThat(violationsOf(ArchitectureTest.benchNeedsOnlyTheJdkAndItsThreeLibraries(BASE)))
                    .singleElement()
                    .asString()
                    .contains("bench.UsesAnotherLibrary");
        }

        @Test
        void aPackageThatIsNotNullMarkedIsSeen() {
            assertThat(violationsOf(ArchitectureTest.packagesAreNullMarked(BASE)))
                    .singleElement()
                    .asString()
                    .contains("attic.Forgotten");
        }

        @Test
        void aStaticFieldThatIsNotFinalIsSeen() {
            assertThat(violationsOf(ArchitectureTest.staticFieldsAreFinal(BASE)))
                    .singleElement()
                    .asString()
                    .contains("metrics.KeepsStaticState.counter");
        }

        @Test
        void exitAndPrintOutsideTheRootAreSeen() {
            assertThat(violationsOf(ArchitectureTest.onlyTheRootExitsOrPrints(BASE)))
                    .satisfiesExactlyInAnyOrder(
                            violation -> assertThat(violation).contains("metrics.Exits"),
                            violation -> assertThat(violation).contains("metrics.Prints"));
        }

        private static List<String> violationsOf(ArchRule rule) {
            return rule.evaluate(CLASSES).getFailureReport().getDetails();
        }
    }
}
