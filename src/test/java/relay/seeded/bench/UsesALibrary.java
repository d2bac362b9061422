package relay.seeded.bench;

import picocli.CommandLine;

public interface UsesALibrary {
    void use(CommandLine commandLine);
}
