package relay.seeded.attic;

/** Its package has no arrows and no package-info. */
public interface Forgotten {}
