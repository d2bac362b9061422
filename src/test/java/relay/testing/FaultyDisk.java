package relay.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;

/**
 * A directory whose disk is as slow or as broken as the test wants, for a process that is started with {@link #environment}. It lies
 * before the C library of that process; to be made, it needs a C compiler. For one thread.
 */
public final class FaultyDisk implements AutoCloseable {
    private static final int IO_ERROR = 5;
    private static final int BYTES = 16;
    private static final int READ_MILLIS = 0;
    private static final int WRITE_ERROR = 4;
    private static final int SYNC_ERROR = 8;
    private static final int SYNC_MILLIS = 12;

    private final Path library;
    private final Path faults;
    private final Path directory;

    private FaultyDisk(Path library, Path faults, Path directory) {
        this.library = library;
        this.faults = faults;
        this.directory = directory;
    }

    /** One that works well for now. */
    public static FaultyDisk at(Path directory) {
        ExternalProgram.require("gcc libc6-dev", Map.of(), "/usr/bin/gcc", "--version");
        try (InputStream source = FaultyDisk.class.getResourceAsStream("faultydisk.c")) {
            Path code = Files.createTempFile("faultydisk", ".c");
            Path library = Files.createTempFile("faultydisk", ".so");
            Path faults = Files.createTempFile("faultydisk", ".faults");
            Files.write(code, source.readAllBytes());
            Files.write(faults, new byte[BYTES]);
            ExternalProgram.run(
                    "/usr/bin/gcc", "-O2", "-shared", "-fPIC", "-o", library.toString(), code.toString(), "-ldl");
            Files.delete(code);
            return new FaultyDisk(library, faults, directory.toRealPath());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a process is to be started with. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAULTY_DISK_FAULTS", faults.toString(),
                "FAULTY_DISK_DIRECTORY", directory.toString());
    }

    /** From now on each read takes so long. */
    public void readsTake(Duration time) {
        set(READ_MILLIS, Math.toIntExact(time.toMillis()));
    }

    /** From now on each sync takes so long. */
    public void syncsTake(Duration time) {
        set(SYNC_MILLIS, Math.toIntExact(time.toMillis()));
    }

    /** Whether writes fail from now on. */
    public void writesFail(boolean fail) {
        set(WRITE_ERROR, fail ? IO_ERROR : 0);
    }

    /** Whether syncs fail from now on. */
    public void syncsFail(boolean fail) {
        set(SYNC_ERROR, fail ? IO_ERROR : 0);
    }

    private void set(int at, int value) {
        try (FileChannel channel = FileChannel.open(faults, StandardOpenOption.WRITE)) {
            channel.write(
                    ByteBuffer.allocate(Integer.BYTES)
                            .order(ByteOrder.nativeOrder())
                            .putInt(0, value),
                    at);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(library);
        Files.deleteIfExists(faults);
    }
}
