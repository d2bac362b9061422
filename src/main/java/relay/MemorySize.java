package relay;

import picocli.CommandLine.ITypeConverter;

/**
 * How much memory many things may take together, as people write it: it may be more than one buffer holds.
 *
 * @param bytes from 0
 */
record MemorySize(long bytes) {
    static final class Converter implements ITypeConverter<MemorySize> {
        @Override
        public MemorySize convert(String value) {
            return new MemorySize(ByteSize.bytes(value));
        }
    }
}
