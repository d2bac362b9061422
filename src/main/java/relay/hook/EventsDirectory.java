package relay.hook;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Two files in a directory that is there. They have ids in them that are credentials, so they are for their owner only. */
final class EventsDirectory implements EventsDisk {
    /** The name of the file. */
    static final String NAME = "hook-events";

    private static final String NEW_NAME = NAME + ".new";

    private final Path directory;

    EventsDirectory(Path directory) {
        this.directory = directory;
    }

    @Override
    public InputStream read() throws IOException {
        Path file = directory.resolve(NAME);
        return Files.exists(file) ? Files.newInputStream(file) : InputStream.nullInputStream();
    }

    @Override
    public Output open() throws IOException {
        return opened(NAME, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    @Override
    public Output create() throws IOException {
        discard();
        return opened(NEW_NAME, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    @Override
    public void replace() throws IOException {
        Files.move(directory.resolve(NEW_NAME), directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    @Override
    public void discard() throws IOException {
        Files.deleteIfExists(directory.resolve(NEW_NAME));
    }

    @Override
    public long room() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    private Output opened(String name, Set<OpenOption> options) throws IOException {
        Path file = directory.resolve(name);
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] ownersOnly = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        return new ChannelOutput(FileChannel.open(file, options, ownersOnly));
    }

    private record ChannelOutput(FileChannel channel) implements Output {
        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            long at = position;
            while (source.hasRemaining()) {
                at += channel.write(source, at);
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
