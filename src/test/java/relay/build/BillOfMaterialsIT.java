package relay.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The build's CycloneDX file, target/bom.json, against the jar that it describes. */
class BillOfMaterialsIT {
    private static final Path RELAY_JAR = Path.of(System.getProperty("relay.jar"));

    @BeforeEach
    void leaveOutWhereItIsNotMade() {
        assumeFalse(
                System.getProperty("build.mode").equals("offline: true"),
                "NOT TESTED: bom.json is only made by a build without -o");
    }

    @Test
    void itListsEveryJarWhoseClassesAreInOursAndNoOther() throws IOException {
        List<String> listed = new ArrayList<>();
        for (JsonNode component : billOfMaterials().get("components")) {
            listed.add(component.get("name").asText() + "-"
                    + component.get("version").asText() + ".jar");
        }
        assertThat(listed).containsExactlyInAnyOrderElementsOf(jarsInOurs());
    }

    @Test
    void itHoldsNeitherATimeNorARandomNumberSoTheSameSourceGivesTheSameFile() throws IOException {
        JsonNode bill = billOfMaterials();
        assertThat(bill.has("serialNumber")).isFalse();
        assertThat(bill.get("metadata").has("timestamp")).isFalse();
    }

    private static JsonNode billOfMaterials() throws IOException {
        return new ObjectMapper().readTree(RELAY_JAR.resolveSibling("bom.json").toFile());
    }

    /** Of the jars that the tests run with, those that have gone into relay.jar. */
    private static List<String> jarsInOurs() throws IOException {
        List<String> jars = new ArrayList<>();
        try (JarFile ours = new JarFile(RELAY_JAR.toFile())) {
            for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                if (element.endsWith(".jar") && isIn(ours, Path.of(element))) {
                    jars.add(Path.of(element).getFileName().toString());
                }
            }
        }
        assertThat(jars).as("jars in relay.jar").isNotEmpty();
        return jars;
    }

    private static boolean isIn(JarFile ours, Path path) throws IOException {
        try (JarFile jar = new JarFile(path.toFile());
                Stream<String> names = jar.stream().map(ZipEntry::getName)) {
            return names.filter(name -> name.endsWith(".class") && !name.endsWith("module-info.class"))
                    .filter(name -> !name.startsWith("META-INF/"))
                    .findFirst()
                    .filter(name -> ours.getEntry(name) != null)
                    .isPresent();
        }
    }
}
