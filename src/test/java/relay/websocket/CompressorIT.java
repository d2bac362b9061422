package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.ExternalProgram;

class CompressorIT {
    private static final String PYTHON = "/usr/bin/python3";

    /** It gets 500 bytes at a time, so that zlib has nothing but its window to look back at. */
    private static final String INFLATE = """
            import sys, zlib
            inflater = zlib.decompressobj(-%d)
            rest = open(sys.argv[1], 'rb').read() + bytes([0, 0, 255, 255])
            text = b''
            while rest:
                text += inflater.decompress(rest, 500)
                rest = inflater.unconsumed_tail
            sys.exit(0 if text == open(sys.argv[2], 'rb').read() else 'something else')
            """.formatted(DeflateOffer.WINDOW_BITS);

    @TempDir
    private Path folder;

    @Test
    void aReaderWithTheWindowThatWasAgreedUponCanReadIt() throws IOException {
        ExternalProgram.require("python3", Map.of(), PYTHON, "-c", "import zlib");
        byte[] noise = new byte[15_000];
        new Random(7).nextBytes(noise);
        byte[] payload = Bytes.joined(noise, noise, noise, noise);
        ByteBuffer compressed = new Compressor()
                .compress(ByteBuffer.wrap(Bytes.joined(payload, new byte[3 * 4096])))
                .orElseThrow();
        Path compressedFile = folder.resolve("compressed");
        Path plainFile = folder.resolve("plain");
        byte[] bytes = new byte[compressed.remaining()];
        compressed.get(bytes);
        Files.write(compressedFile, bytes);
        Files.write(plainFile, Bytes.joined(payload, new byte[3 * 4096]));
        try (ExternalProgram python = ExternalProgram.start(
                Map.of(), PYTHON, "-c", INFLATE, compressedFile.toString(), plainFile.toString())) {
            assertThat(python.exitStatus()).as(python.output()).isZero();
        }
    }
}
