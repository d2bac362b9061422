package relay;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} says: the version in the jar's manifest. */
final class RelayVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = RelayVersion.class.getPackage().getImplementationVersion();
        return new String[] {"relay " + (version == null ? "(not from its jar)" : version)};
    }
}
