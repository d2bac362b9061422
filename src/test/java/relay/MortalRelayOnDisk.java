package relay;

import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api;
import relay.testing.MortalRelay;

/** A relay for each test, with its data on disk, that is killed and started again. */
abstract class MortalRelayOnDisk {
    static final int KEEP_SECONDS = 600;

    @TempDir
    private Path folder;

    @AutoClose
    MortalRelay relay;

    Api api;

    @BeforeEach
    void start() {
        relay = MortalRelay.start("--data=" + folder.resolve("data"), "--drain=1s");
        api = relay.api();
    }

    /** Kills it, and waits until it takes clients again. */
    final void kill() {
        relay.killAndStart();
        relay.awaitReady();
    }
}
