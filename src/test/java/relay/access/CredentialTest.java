package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a credential is, and that there is only one. */
class CredentialTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "Bearer T       | -  | -",
                "bearer   T     | -  | -",
                "-              | T  | -",
                "-              | -  | bearer, T",
                "-              | -  | bearer,T",
                "-              | -  | bearer, T, other",
                "-              | -  | other, bearer, T",
                "Bearer T       | -  | other",
                "-              | T  | other, another",
                "Basic eDp5     | T  | -",
                "Basic eDp5     | -  | bearer, T",
            })
    void itIsFoundInEachPlace(String authorization, String token, String protocols) {
        assertThat(find(authorization, token, protocols).text()).isEqualTo("T");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "Bearer T       | T  | -",
                "Bearer T       | -  | bearer, T",
                "-              | T  | bearer, T",
                "Bearer T       | T  | bearer, T",
                "Bearer         | T  | -",
                "-              | '' | bearer, T",
            })
    void inTwoPlacesItIsRefusedEvenIfItIsTheSame(String authorization, String token, String protocols) {
        refused(() -> find(authorization, token, protocols), "more than one credential");
    }

    @Test
    void twiceInOnePlaceItIsRefused() {
        refused(() -> Credential.of(List.of("Bearer T", "Bearer T")), "Authorization came more than once");
        refused(() -> Credential.of(List.of("Bearer T", "Basic eDp5")), "Authorization came more than once");
        refused(() -> Credential.of(List.of(), List.of("T", "T"), List.of()), "token came more than once");
        refused(() -> find(null, null, "bearer, T, bearer, U"), "bearer is there more than once");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearer", "other, bearer", "bearer,", "bearer, , T"})
    void aSubprotocolThatPromisesACredentialAndBringsNoneIsRefused(String protocols) {
        refused(() -> find(null, null, protocols), "nothing follows the subprotocol bearer");
    }

    @Test
    void aListThatComesInSeveralHeadersIsOneList() {
        Credential credential = Credential.of(List.of(), List.of(), List.of("other, bearer", "T"));
        assertThat(credential.text()).isEqualTo("T");
    }

    @Test
    void onlyACredentialThatCameByASubprotocolHasOneSelected() {
        assertThat(find(null, null, "bearer, T, other").protocol()).contains("bearer");
        assertThat(find("Bearer T", null, "other").protocol()).isEmpty();
        assertThat(find(null, null, "Bearer, T").protocol()).isEmpty();
    }

    @Test
    void aRequestWithoutOneHasNone() {
        assertThat(find(null, null, null).isNone()).isTrue();
        assertThat(find(null, null, "other, T").isNone()).isTrue();
        assertThat(find("Basic eDp5", null, null).isNone()).isFalse();
        assertThat(find("Basic eDp5", null, null).text()).isEmpty();
    }

    @Test
    void itIsNotShown() {
        assertThat(find("Bearer s3cr3t", null, null)).asString().doesNotContain("s3cr3t");
        assertThatThrownBy(() -> find("Bearer s3cr3t", "s3cr3t", null))
                .asString()
                .doesNotContain("s3cr3t");
    }

    private static Credential find(String authorization, String token, String protocols) {
        return Credential.of(list(authorization), list(token), list(protocols));
    }

    private static List<String> list(String... values) {
        return Arrays.stream(values).filter(value -> value != null).toList();
    }

    private static void refused(Runnable step, String why) {
        assertThatThrownBy(step::run).isInstanceOfSatisfying(AccessDeniedException.class, denial -> {
            assertThat(denial.kind()).isEqualTo(AccessDeniedException.Kind.MALFORMED);
            assertThat(denial.detail()).contains(why);
        });
    }
}
