package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import relay.client.Overflow;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UserId;

class RegistrationCodecTest {
    private static final ClientId ID = ClientId.random();
    private static final Instant END = Instant.ofEpochMilli(1_900_000_000_123L);
    private static final byte[] NO_TOPICS = {};

    @Test
    void whatItsCredentialAllowsIsKeptApart() {
        Registration read = read(RegistrationCodec.fixed(registration(filter("a.*", "b"), filter("a.b"))));
        assertThat(read.allowed().lists()).isEqualTo(filter("a.*", "b").lists());
        assertThat(read.granted().lists()).isEqualTo(filter("a.b").lists());
    }

    @Test
    void aCredentialThatAllowsNothingIsNotOneThatAllowsAll() {
        Registration read = read(RegistrationCodec.fixed(registration(TopicFilter.ANY, filter())));
        assertThat(read.allowed()).isEqualTo(TopicFilter.ANY);
        assertThat(read.granted().lists()).isEqualTo(List.of(List.of()));
    }

    @Test
    void anotherCredentialChangesNothingElse() {
        byte[] before = RegistrationCodec.fixed(registration(filter("a.*"), filter("a.b")));
        Instant later = END.plusSeconds(60);
        Registration read = read(RegistrationCodec.renewed(before, filter("c"), Optional.of(later)));
        assertThat(read.allowed().lists()).isEqualTo(filter("a.*").lists());
        assertThat(read.granted().lists()).isEqualTo(filter("c").lists());
        assertThat(read.ends()).contains(later);
        assertThat(read.user()).isEqualTo(new UserId("ann"));
        assertThat(read.keep()).isEqualTo(Duration.ofMinutes(5));
        assertThat(RegistrationCodec.ends(RegistrationCodec.renewed(before, filter("c"), Optional.of(later))))
                .contains(later);
    }

    @Test
    void whatAnOlderVersionWroteKeepsAllItsLimitsWhateverItsNextCredentialIs() {
        byte[] written = RegistrationCodec.fixed(registration(TopicFilter.ANY, filter("a.*")));
        // Older versions wrote no number of lists behind the lists.
        byte[] old = Arrays.copyOf(written, written.length - Short.BYTES);
        Registration read = read(old);
        assertThat(read.allowed().lists()).isEqualTo(filter("a.*").lists());
        assertThat(read.granted()).isEqualTo(TopicFilter.ANY);
        assertThat(read.ends()).contains(END);
        Registration renewed = read(RegistrationCodec.renewed(old, filter("b"), Optional.of(END)));
        assertThat(renewed.allowed().lists()).isEqualTo(filter("a.*").lists());
        assertThat(renewed.granted().lists()).isEqualTo(filter("b").lists());
    }

    @ParameterizedTest
    @EnumSource
    void whatItMayPublishToIsKept(Overflow overflow) {
        for (TopicFilter publish : List.of(filter("chat.*", "a"), filter("a.*").and(filter("a.b")), TopicFilter.ANY)) {
            Registration read =
                    read(RegistrationCodec.fixed(registration(filter("b"), filter("c"), publish, overflow)));
            assertThat(read.publish().lists()).isEqualTo(publish.lists());
            assertThat(read.overflow()).isEqualTo(overflow);
            assertThat(read.allowed().lists()).isEqualTo(filter("b").lists());
            assertThat(read.granted().lists()).isEqualTo(filter("c").lists());
            assertThat(read.ends()).contains(END);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoPublishesNothingIsWrittenAsOlderVersionsWroteEveryone(Overflow overflow) {
        byte[] written = RegistrationCodec.fixed(
                registration(filter("b"), TopicFilter.ANY, filter("x").and(TopicFilter.NONE), overflow));
        int user = Short.BYTES + "ann".length();
        int list = Integer.BYTES + Short.BYTES + 1;
        assertThat(written)
                .hasSize(user + 2 * Long.BYTES + 2 * Short.BYTES + list + (overflow == Overflow.CATCHUP ? 1 : 0));
        assertThat(read(written).publish().isNothing()).isTrue();
    }

    @Test
    void aChangeLeavesTheCredentialAsItIs() {
        byte[] before =
                RegistrationCodec.fixed(registration(filter("a.*"), filter("a.b"), filter("a"), Overflow.CATCHUP));
        Registration read = read(RegistrationCodec.changed(before, filter("c"), filter("d")));
        assertThat(read.allowed().lists()).isEqualTo(filter("c").lists());
        assertThat(read.publish().lists()).isEqualTo(filter("d").lists());
        assertThat(read.granted().lists()).isEqualTo(filter("a.b").lists());
        assertThat(read.ends()).contains(END);
        assertThat(read.overflow()).isEqualTo(Overflow.CATCHUP);
        assertThat(read.keep()).isEqualTo(Duration.ofMinutes(5));
        Registration renewed = read(RegistrationCodec.renewed(before, filter("e"), Optional.empty()));
        assertThat(renewed.publish().lists()).isEqualTo(filter("a").lists());
    }

    private static Registration registration(TopicFilter allowed, TopicFilter granted) {
        return registration(allowed, granted, TopicFilter.NONE, Overflow.CLOSE);
    }

    private static Registration registration(
            TopicFilter allowed, TopicFilter granted, TopicFilter publish, Overflow overflow) {
        return new Registration(
                ID,
                new UserId("ann"),
                Map.of(),
                allowed,
                granted,
                publish,
                Duration.ofMinutes(5),
                overflow,
                Optional.of(END));
    }

    private static Registration read(byte[] fixed) {
        return RegistrationCodec.registration(ID, fixed, NO_TOPICS);
    }

    private static TopicFilter filter(String... patterns) {
        return TopicFilter.of(Stream.of(patterns).map(TopicPattern::new).toList());
    }
}
