package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.schedule.Ticker;

/** Who may subscribe without a registration. */
class SubscribeRightTest {
    private static final Access WITH_KEYS =
            access("all, sub:subscribe:news.*, reg:register, both:register+subscribe, pub:publish, adm:admin");

    @Test
    void withoutKeysAndTokensAnybodyMay() {
        Access open = new AccessOptions(Optional.empty(), Optional.empty(), Optional.empty())
                .open(Ticker.system(), InstantSource.fixed(Instant.EPOCH));
        assertThat(open.isOpenTo(Right.SUBSCRIBE)).isTrue();
        assertThat(open.admit(Credential.NONE, Right.SUBSCRIBE)).isEqualTo(Caller.UNRESTRICTED);
    }

    @ParameterizedTest
    @CsvSource({"all,true", "sub,true", "both,true", "reg,false", "pub,false", "adm,false"})
    void aKeyMayIfItSaysSo(String key, boolean may) {
        assertThat(WITH_KEYS.isOpenTo(Right.SUBSCRIBE)).isFalse();
        Credential credential = Credential.of(List.of(), List.of(key), List.of());
        if (may) {
            assertThat(WITH_KEYS.admit(credential, Right.SUBSCRIBE).user()).isEmpty();
        } else {
            assertThatThrownBy(() -> WITH_KEYS.admit(credential, Right.SUBSCRIBE))
                    .isInstanceOfSatisfying(AccessDeniedException.class, denial -> {
                        assertThat(denial.kind()).isEqualTo(AccessDeniedException.Kind.FORBIDDEN);
                        assertThat(denial.challenge().orElseThrow()).contains("scope=\"subscribe\"");
                    });
        }
    }

    @Test
    void whoSendsNothingIsToldWhereACredentialMayBe() {
        assertThatThrownBy(() -> WITH_KEYS.admit(Credential.NONE, Right.SUBSCRIBE))
                .isInstanceOfSatisfying(
                        AccessDeniedException.class,
                        denial -> assertThat(denial.detail())
                                .contains(
                                        "an API key",
                                        "right to subscribe",
                                        "Authorization: Bearer",
                                        "?token=",
                                        "subprotocols"));
        assertThatThrownBy(() -> WITH_KEYS.admit(Credential.NONE, Right.PUBLISH))
                .isInstanceOfSatisfying(
                        AccessDeniedException.class,
                        denial -> assertThat(denial.detail()).doesNotContain("?token="));
    }

    @Test
    void anEmptyOneAndOneOfAnotherKindAreRefused() {
        for (Credential credential : List.of(
                Credential.of(List.of(), List.of(""), List.of()),
                Credential.of(List.of("Bearer")),
                Credential.of(List.of("Basic eDp5")))) {
            assertThatThrownBy(() -> WITH_KEYS.admit(credential, Right.SUBSCRIBE))
                    .isInstanceOfSatisfying(
                            AccessDeniedException.class,
                            denial -> assertThat(denial.detail()).contains("empty, or of another kind"));
        }
    }

    @Test
    void aKeyRenewsNothing() {
        assertThatThrownBy(() -> WITH_KEYS.verifyToken("all"))
                .isInstanceOfSatisfying(
                        AccessDeniedException.class,
                        denial -> assertThat(denial.kind()).isEqualTo(AccessDeniedException.Kind.UNAUTHORIZED));
    }

    private static Access access(String keys) {
        return new AccessOptions(Optional.of(keys), Optional.empty(), Optional.empty())
                .open(Ticker.system(), InstantSource.fixed(Instant.EPOCH));
    }
}
