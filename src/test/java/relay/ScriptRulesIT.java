package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Chromium;
import relay.testing.TestJson;

/** What relay.js does when, in a real browser, with sockets and time of the test's own ({@code fakes.js}). */
class ScriptRulesIT {
    @TempDir
    private static Path profile;

    private static TestRelay relay;
    private static Chromium chromium;

    @BeforeAll
    static void importTheScript() {
        relay = TestRelay.start();
        chromium = Chromium.start(profile);
        chromium.evaluate(resource("/relay/console/fakes.js"));
        chromium.evaluate(
                "import('http://127.0.0.1:%d/relay.js').then(script => { Object.assign(globalThis, script); })"
                        .formatted(relay.port()));
    }

    @AfterAll
    static void end() {
        chromium.close();
        relay.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1001, 500",
        "1005, 500",
        "1006, 500",
        "1012, 500",
        "1015, 500",
        "4408, 500",
        "1011, 8000",
        "1013, 8000",
        "4429, 8000",
        "3000, 500"
    })
    void itComesBackAfterACodeThatAllowsIt(int code, int longestWait) {
        JsonNode seen = run("""
                const f = fakes();
                connect('ws://h/ws/1', f.options);
                f.open();
                f.lose(%d, 'why');
                const wait = f.timers[0].wait;
                await f.waited();
                await f.settled();
                return { wait, sockets: f.sockets.length, states: f.told.states };""".formatted(code));
        assertThat(seen.get("wait").asInt()).isEqualTo(longestWait);
        assertThat(seen.get("sockets").asInt()).isEqualTo(2);
        assertThat(seen.at("/states/1"))
                .isEqualTo(json("{'state':'waiting','code':%d,'reason':'why','wait':%d}".formatted(code, longestWait)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1002, 1003, 1007, 1008, 1009, 1010, 4400, 4401, 4403, 4404, 4409, 4499})
    void itStaysAwayAfterACodeThatSaysSo(int code) {
        JsonNode seen = run("""
                const f = fakes();
                connect('ws://h/ws/1', f.options);
                f.open();
                f.lose(%d, 'why');
                await f.settled();
                return { timers: f.timers.length, last: f.told.states.at(-1) };""".formatted(code));
        assertThat(seen)
                .isEqualTo(json("{'timers':0,'last':{'state':'closed','code':%d,'reason':'why'}}".formatted(code)));
    }

    @Test
    void itWaitsUpToTwiceAsLongEachTimeThatItIsRefusedAndNeverLongerThanTheLongest() {
        assertThat(waitsOf(6, "{ random: () => 1, maxWait: 10000 }"))
                .isEqualTo(json("[1000, 2000, 4000, 8000, 10000, 10000]"));
    }

    @Test
    void itWaitsAnyPartOfThatSoThatThoseWhoLeftTogetherComeBackApart() {
        assertThat(waitsOf(3, "{ random: () => 0.25 }")).isEqualTo(json("[250, 500, 1000]"));
        assertThat(waitsOf(3, "{ random: () => 0 }")).isEqualTo(json("[0, 0, 0]"));
    }

    @Test
    void aConnectionThatWasOpenMakesItsNextWaitShortAgain() {
        assertThat(run("""
                const f = fakes();
                connect('ws://h/ws/1', f.options);
                for (let i = 0; i < 3; i++) {
                    f.lose(1006);
                    await f.waited();
                }
                f.open();
                f.lose(1006);
                return f.timers.map(({ wait }) => wait);""")).isEqualTo(json("[1000, 2000, 4000, 500]"));
    }

    @Test
    void whoIsToldToBackOffAgainAndAgainWaitsLongerEachTime() {
        assertThat(run("""
                const f = fakes({ maxWait: 1000000 });
                connect('ws://h/ws/1', f.options);
                for (let i = 0; i < 6; i++) {
                    f.open();
                    f.lose(4429);
                    await f.waited();
                }
                return f.timers.map(({ wait }) => wait);""")).isEqualTo(json("[8000, 8000, 8000, 8000, 16000, 32000]"));
    }

    @Test
    void itGivesUpAfterSoManyRefusals() {
        JsonNode seen = run("""
                const f = fakes({ tries: 3 });
                connect('ws://h/ws/1', f.options);
                f.lose(1006);
                await f.waited();
                f.lose(1006);
                await f.waited();
                f.lose(1006);
                await f.settled();
                return { sockets: f.sockets.length, last: f.told.states.at(-1) };""");
        assertThat(seen)
                .isEqualTo(json("{'sockets':3,'last':{'state':'closed','code':1006,'reason':'refused 3 times'}}"));
    }

    @Test
    void closeEndsItWhateverItDoes() {
        JsonNode seen = run("""
                const seen = [];
                for (const prepare of [() => {}, (f) => f.open(), (f) => f.lose(1006)]) {
                    const f = fakes();
                    const client = connect('ws://h/ws/1', f.options);
                    prepare(f);
                    client.close();
                    client.close();
                    f.lose(1006);
                    await f.settled();
                    seen.push([f.socket().closedWith, f.timers.every(({ cleared }) => cleared), f.told.states.at(-1)]);
                }
                return seen;""");
        assertThat(seen)
                .hasSize(3)
                .allSatisfy(one -> assertThat(one)
                        .isEqualTo(json("[1000, true, {'state':'closed','code':1000,'reason':'asked for'}]")));
    }

    @Test
    void aUserIsAStringHoweverItComes() {
        assertThat(run("""
                const users = [];
                const f = fakes({ onmessage: (message) => users.push('user_id' in message ? message.user_id : 'none') });
                connect('ws://h/ws/1', f.options);
                f.open();
                f.receive({ id: 'e-1', topic: 'cats', message: 'x' });
                f.receive({ id: 'e-2', topic: 'cats', user_id: 0, message: 'x' });
                f.receive({ id: 'e-3', topic: 'cats', user_id: 9007199254740991, message: 'x' });
                f.receive({ id: 'e-4', topic: 'cats', user_id: '9007199254740993', message: 'x' });
                f.receive({ id: 'e-5', topic: 'cats', user_id: '007', message: 'x' });
                await f.settled();
                return users;""")).isEqualTo(json("['none','0','9007199254740991','9007199254740993','007']"));
    }

    @Test
    void itGoesOnAfterTheLastMessageAndLeavesOutWhatItHad() {
        JsonNode seen = run("""
                const f = fakes();
                const client = connect('ws://h/ws/1?x=y', f.options);
                const first = f.query();
                f.open();
                f.message('e-9007199254740993');
                f.message('e-9007199254740992');
                f.message('e-9007199254740993');
                f.message('e-9007199254740994');
                f.lose(1006);
                await f.waited();
                f.open();
                f.message('e-9007199254740994');
                f.message('f-1');
                f.message('f-1');
                await f.settled();
                return { first, second: f.query(), messages: f.told.messages, cursor: client.cursor };""");
        assertThat(seen).isEqualTo(json("""
                {'first':{'x':'y','format':'json'},
                 'second':{'x':'y','format':'json','after':'e-9007199254740994'},
                 'messages':['e-9007199254740993','e-9007199254740994','f-1'],
                 'cursor':'f-1'}"""));
    }

    @Test
    void itBeginsAfterTheCursorOfAnEarlierClient() {
        assertThat(run("""
                const f = fakes({ after: 'e-5' });
                connect('ws://h/ws/1', f.options);
                return f.query();""")).isEqualTo(json("{'format':'json','after':'e-5'}"));
    }

    @Test
    void aGapIsPassedOn() {
        assertThat(run("""
                const f = fakes();
                connect('ws://h/ws/1', f.options);
                f.open();
                f.receive({ gap: { topic: 'cats', after: 'e-1', reason: 'trimmed' } });
                await f.settled();
                return f.told.gaps;""")).isEqualTo(json("[{'topic':'cats','after':'e-1','reason':'trimmed'}]"));
    }

    @Test
    void commandsAreAnsweredInTheirOrderAndThoseWithoutAnAnswerAreSentAgain() {
        JsonNode seen = run("""
                const f = fakes();
                const client = connect('ws://h/ws/1', f.options);
                const answers = [];
                const note = (promise) => promise.then((topics) => answers.push(topics), (e) => answers.push(e.code));
                note(client.subscribe(['a']));
                f.open();
                note(client.subscribe(['b'], { last: 2 }));
                note(client.subscribe(['c']));
                const sent = f.socket().sent;
                f.receive({ ok: { topics: ['a'] } });
                f.receive({ error: { code: 'not_allowed', detail: 'd' } });
                f.lose(1006);
                await f.waited();
                f.open();
                f.receive({ ok: { topics: ['c'] } });
                await f.settled();
                return { sent, again: f.socket().sent, answers };""");
        assertThat(seen).isEqualTo(json("""
                {'sent':[{'topics':['a']},{'topics':['b'],'last':2},{'topics':['c']}],
                 'again':[{'topics':['c']}],
                 'answers':[['a'],'not_allowed',['c']]}"""));
    }

    @Test
    void commandsOfAClientThatIsClosedAreRefused() {
        assertThat(run("""
                const f = fakes();
                const client = connect('ws://h/ws/1', f.options);
                const waiting = client.subscribe(['a']).catch((e) => e.message);
                client.close();
                const late = client.subscribe(['b']).catch((e) => e.message);
                return [await waiting, await late];""")).isEqualTo(json("['closed: 1000 asked for','this client is closed']"));
    }

    @Test
    void thePastOfATopicThatIsNewIsGivenThoughItIsOlderThanWhatWasGiven() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'] });
                const client = connect('ws://h/ws/1', f.options);
                f.open();
                f.receive({ ok: { topics: ['cats'] } });
                f.message('e-10', 'cats');
                client.subscribe(['cats', 'dogs'], { last: 2 });
                f.message('e-11', 'cats');
                f.receive({ ok: { topics: ['cats', 'dogs'] } });
                f.message('e-4', 'dogs');
                f.message('e-10', 'cats');
                f.message('e-11', 'cats');
                f.message('e-12', 'dogs');
                await f.settled();
                return { sent: f.sockets[0].sent, messages: f.told.messages };""");
        assertThat(seen.get("sent")).isEqualTo(json("[{'topics':['cats']},{'topics':['cats','dogs'],'last':2}]"));
        assertThat(seen.get("messages")).isEqualTo(json("['e-10','e-11','e-4','e-12']"));
    }

    @Test
    void whatComesOfATopicInFrontOfTheAnswerIsLeftToThePastThatWasAskedFor() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'] });
                const client = connect('ws://h/ws/1', f.options);
                f.open();
                f.receive({ ok: { topics: ['cats'] } });
                client.subscribe(['cats', 'dogs'], { last: 2 });
                f.lose(1006);
                await f.waited();
                f.open();
                f.message('e-20', 'dogs');
                f.message('e-21', 'cats');
                f.receive({ ok: { topics: ['cats', 'dogs'] } });
                f.message('e-19', 'dogs');
                f.message('e-20', 'dogs');
                f.message('e-21', 'cats');
                await f.settled();
                return f.told.messages;""");
        assertThat(seen).isEqualTo(json("['e-21','e-19','e-20']"));
    }

    @Test
    void whoLeavesATopicAndReturnsIsGivenItsPastAgain() {
        JsonNode seen = run("""
                const f = fakes();
                const client = connect('ws://h/ws/1', f.options);
                f.open();
                for (const topics of [['dogs'], ['cats'], ['dogs']]) {
                    client.subscribe(topics, { last: 1 });
                    f.receive({ ok: { topics } });
                    f.message(topics[0] === 'dogs' ? 'e-1' : 'e-2', topics[0]);
                }
                await f.settled();
                return f.told.messages;""");
        assertThat(seen).isEqualTo(json("['e-1','e-2','e-1']"));
    }

    @Test
    void itsOwnTopicsAreAskedForAgainOnceForEachConnectionUntilThereIsAnAnswer() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'] });
                connect('ws://h/ws/1', f.options);
                for (let i = 0; i < 3; i++) {
                    f.open();
                    if (i === 1) f.receive({ ok: { topics: ['cats'] } });
                    f.lose(1006);
                    await f.waited();
                }
                return f.sockets.map(({ sent }) => sent);""");
        assertThat(seen).isEqualTo(json("[[{'topics':['cats']}],[{'topics':['cats']}],[],[]]"));
    }

    @Test
    void afterARenewalItAsksForItsTopicsAndForWhatCameSinceAndTakesNothingBeforeTheAnswer() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats', 'dogs'], renew: async () => 'ws://h/ws/2' });
                connect('ws://h/ws/1', f.options);
                f.open();
                f.receive({ ok: { topics: ['cats', 'dogs'] } });
                f.message('e-10', 'cats');
                f.lose(4401);
                await f.waited();
                const { url } = f.socket();
                f.open();
                f.message('e-15', 'cats');
                f.receive({ gap: { topic: 'cats', after: 'e-10', reason: 'trimmed' } });
                f.receive({ ok: { topics: ['cats', 'dogs'] } });
                f.message('e-11', 'dogs');
                f.message('e-12', 'cats');
                f.message('e-15', 'cats');
                await f.settled();
                return { url, sent: f.socket().sent, messages: f.told.messages, gaps: f.told.gaps };""");
        assertThat(seen).isEqualTo(json("""
                {'url':'ws://h/ws/2?format=json',
                 'sent':[{'topics':['cats','dogs'],'after':'e-10'}],
                 'messages':['e-10','e-11','e-12','e-15'],
                 'gaps':[]}"""));
    }

    @Test
    void aRenewedRegistrationThatMayNotHaveTheTopicsIsTheEnd() {
        assertThat(run("""
                const f = fakes({ topics: ['cats'], renew: () => 'ws://h/ws/2' });
                connect('ws://h/ws/1', f.options);
                f.open();
                f.lose(4401);
                await f.waited();
                f.open();
                f.receive({ error: { code: 'not_allowed', detail: 'no cats' } });
                await f.settled();
                return f.told.states.at(-1);""")).isEqualTo(json("{'state':'closed','code':4403,'reason':'no cats'}"));
    }

    @Test
    void aUrlThatIsRefusedAgainAndAgainIsRenewed() {
        assertThat(run("""
                let renewals = 0;
                const f = fakes({ renew: () => 'ws://h/ws/new' + ++renewals, renewAfter: 2 });
                connect('ws://h/ws/old', f.options);
                for (let i = 0; i < 4; i++) {
                    f.lose(1006);
                    await f.waited();
                }
                return f.sockets.map(({ url }) => url.match('/ws/(.*)[?]')[1]);""")).isEqualTo(json("['old','old','new1','new1','new2']"));
    }

    @Test
    void aRenewalThatFailsIsTriedAgainAndOneThatGivesNothingIsTheEnd() {
        JsonNode seen = run("""
                const answers = [() => { throw new Error('down'); }, () => 'no url', () => undefined];
                const f = fakes({ renew: async () => answers.shift()(), renewAfter: 1 });
                connect('ws://h/ws/1', f.options);
                f.open();
                f.lose(4401);
                await f.waited();
                await f.waited();
                await f.waited();
                await f.settled();
                return { waits: f.timers.map(({ wait }) => wait), states: f.told.states.map(({ state }) => state),
                         last: f.told.states.at(-1), sockets: f.sockets.length };""");
        assertThat(seen).isEqualTo(json("""
                {'waits':[500,1000,2000],
                 'states':['open','waiting','connecting','waiting','connecting','waiting','connecting','closed'],
                 'last':{'state':'closed','code':4401,'reason':'not renewed'},
                 'sockets':1}"""));
    }

    @Test
    void bySubscribingItBeginsAfterTheNewestMessageThereIsAndGoesOnAfterTheLastItHad() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats', 'a/b c'] });
                const client = subscribe('https://h/relay/', f.options);
                await f.settled();
                const { url, protocols } = f.socket();
                const first = f.asked();
                f.open();
                const sent = f.socket().sent;
                f.receive({ id: 'e-2', topic: 'cats', retained: true, message: 'the value' });
                f.message('e-8', 'cats');
                f.lose(1006);
                await f.waited();
                const second = f.asked();
                f.open();
                f.message('e-9', 'cats');
                f.lose(1006);
                await f.waited();
                await f.settled();
                return { url: url.split('?')[0], protocols, first, sent, second, third: f.asked(),
                         fetched: f.fetched, messages: f.told.messages };""");
        assertThat(seen).isEqualTo(json("""
                {'url':'wss://h/relay/ws',
                 'protocols':[],
                 'first':['topic=cats','topic=a/b c','refuse=close','format=json'],
                 'sent':[{'topics':['cats','a/b c'],'after':'e-7'}],
                 'second':['topic=cats','topic=a/b c','after=e-7','refuse=close','format=json'],
                 'third':['topic=cats','topic=a/b c','after=e-9','refuse=close','format=json'],
                 'fetched':[{'path':'/relay/topics/cats/messages?last=0'}],
                 'messages':['the value','e-9']}"""));
    }

    @Test
    void messagesByAPatternAreGivenOnceAndThoseOfOtherTopicsNotAtAll() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['a.*', 'b.**', 'c+'], last: 1 });
                subscribe('http://h/', f.options);
                await f.settled();
                f.open();
                f.message('e-1', 'a.x');
                f.message('e-2', 'a.x.y');
                f.message('e-3', 'b.x.y');
                f.message('e-4', 'b');
                f.message('e-5', 'a.');
                f.message('e-6', 'cc');
                f.message('e-7', 'c+');
                f.message('e-7', 'c+');
                f.message('e-1', 'a.x');
                f.message('e-8', 'aXx');
                f.receive({ id: 'e-1', topic: 'a.x', retained: true, message: 'e-1' });
                f.message('e-9', 'a.z');
                return f.told.messages;""");
        assertThat(seen).isEqualTo(json("['e-1','e-3','e-7','e-1','e-9']"));
    }

    @Test
    void messagesOfTopicsThatABackendHasAddedAreGivenOnceUnlessAnUnansweredCommandAsksForThem() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'] });
                const client = connect('ws://h/ws/1', f.options);
                f.open();
                f.message('e-1', 'birds');
                f.receive({ ok: { topics: ['cats'] } });
                f.message('e-2', 'birds');
                f.message('e-2', 'birds');
                f.message('e-3', 'cats');
                client.add(['dogs.*'], { last: 2 });
                f.message('e-4', 'dogs.1');
                f.message('e-5', 'birds');
                f.receive({ ok: { topics: ['cats', 'dogs.*'] } });
                f.message('e-4', 'dogs.1');
                await f.settled();
                return f.told.messages;""");
        assertThat(seen).isEqualTo(json("['e-2','e-3','e-5','e-4']"));
    }

    @Test
    void topicsAreAddedAndRemoved() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'], last: 1 });
                const client = subscribe('http://h/', f.options);
                await f.settled();
                f.open();
                const added = client.add(['dogs'], { last: 2 });
                const removed = client.remove(['cats']);
                f.receive({ ok: { topics: ['cats', 'dogs'] } });
                f.receive({ ok: { topics: ['dogs'] } });
                return { sent: f.socket().sent, added: await added, removed: await removed };""");
        assertThat(seen).isEqualTo(json("""
                {'sent':[{'add':['dogs'],'last':2},{'remove':['cats']}],'added':['cats','dogs'],'removed':['dogs']}"""));
    }

    @ParameterizedTest
    @CsvSource({
        "last: 10, last=10",
        "since: '10m', since=10m",
        "after: 'e-3', after=e-3",
        "'last: 10, after: \"e-3\"', after=e-3"
    })
    void bySubscribingItBeginsWhereItIsTold(String option, String parameter) {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'], user_id: 7, %s });
                subscribe('http://h/', f.options);
                await f.settled();
                const first = f.asked();
                f.open();
                f.message('e-9');
                f.lose(1001);
                await f.waited();
                return { first, second: f.asked(), fetched: f.fetched };""".formatted(option));
        assertThat(seen).isEqualTo(json("""
                {'first':['topic=cats','%s','user_id=7','refuse=close','format=json'],
                 'second':['topic=cats','after=e-9','user_id=7','refuse=close','format=json'],
                 'fetched':[]}""".formatted(parameter)));
    }

    @Test
    void bySubscribingItsTokenIsASubprotocolAndAHeaderAndNeverInAUrl() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'], token: 's3cr3t' });
                subscribe('http://h/', f.options);
                await f.settled();
                return { protocols: f.socket().protocols, inUrl: f.socket().url.includes('s3cr3t'), fetched: f.fetched };""");
        assertThat(seen).isEqualTo(json("""
                {'protocols':['bearer','s3cr3t'],
                 'inUrl':false,
                 'fetched':[{'path':'/topics/cats/messages?last=0','Authorization':'Bearer s3cr3t'}]}"""));
    }

    @Test
    void bySubscribingAFreshTokenIsAskedForAtEachConnectionAndWhenOneHasExpired() {
        JsonNode seen = run("""
                let tokens = 0;
                const f = fakes({ topics: ['cats'], last: 1, token: async () => 'token' + ++tokens });
                subscribe('http://h/', f.options);
                await f.settled();
                f.open();
                f.lose(1006);
                await f.waited();
                f.open();
                f.time.now = 3600000;
                f.lose(4401);
                await f.waited();
                return { protocols: f.sockets.map(({ protocols }) => protocols[1]), waits: f.timers.map(({ wait }) => wait) };""");
        assertThat(seen).isEqualTo(json("{'protocols':['token1','token2','token3'],'waits':[500,500]}"));
    }

    /** As {@code ?refuse=close} has it, the handshake succeeds each time. */
    @Test
    void bySubscribingATokenThatIsRefusedAgainAndAgainIsAskedForLessAndLessOftenAndInTheEndNoMore() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'], last: 1, tries: 4, token: () => 'wrong' });
                subscribe('http://h/', f.options);
                await f.settled();
                for (let i = 0; i < 4; i++) {
                    f.open();
                    f.lose(4401, 'signed by another');
                    if (i < 3) await f.waited();
                }
                await f.settled();
                return { waits: f.timers.map(({ wait }) => wait), last: f.told.states.at(-1) };""");
        assertThat(seen).isEqualTo(json("""
                {'waits':[1000,2000,4000],
                 'last':{'state':'closed','code':4401,'reason':'signed by another'}}"""));
    }

    @ParameterizedTest
    @ValueSource(ints = {4401, 4403, 4404})
    void bySubscribingWithATokenThatStaysTheSameItStopsWhenThatIsRefused(int code) {
        assertThat(run("""
                const f = fakes({ topics: ['cats'], last: 1, token: 'wrong' });
                subscribe('http://h/', f.options);
                await f.settled();
                f.open();
                f.lose(%d, 'why');
                await f.settled();
                return [f.timers.length, f.told.states.at(-1)];""".formatted(code)))
                .isEqualTo(json("[0,{'state':'closed','code':%d,'reason':'why'}]".formatted(code)));
    }

    @Test
    void bySubscribingItOpensThoughTheNewestMessageIsNotToBeHad() {
        JsonNode seen = run("""
                const asked = [];
                for (const fetch of [async () => ({ ok: false }), async () => { throw new TypeError('no network'); }]) {
                    const f = fakes({ topics: ['cats'], fetch });
                    subscribe('http://h/', f.options);
                    await f.settled();
                    asked.push(f.asked());
                }
                return asked;""");
        assertThat(seen).isEqualTo(json("""
                [['topic=cats','refuse=close','format=json'],['topic=cats','refuse=close','format=json']]"""));
    }

    @Test
    void bySubscribingItComesBackWithTheTopicsThatItHasChangedTo() {
        JsonNode seen = run("""
                const f = fakes({ topics: ['cats'], last: 1 });
                const client = subscribe('http://h/', f.options);
                await f.settled();
                f.open();
                client.subscribe(['dogs', 'birds']);
                f.receive({ ok: { topics: ['dogs', 'birds'] } });
                f.message('e-9', 'dogs');
                f.lose(1006);
                await f.waited();
                f.open();
                return { asked: f.asked(), sent: f.socket().sent };""");
        assertThat(seen).isEqualTo(json("""
                {'asked':['topic=dogs','topic=birds','after=e-9','refuse=close','format=json'],'sent':[]}"""));
    }

    @Test
    void closeEndsASubscriptionThatHasNoSocketYet() {
        assertThat(run("""
                const f = fakes({ topics: ['cats'] });
                subscribe('http://h/', f.options).close();
                await f.settled();
                return [f.sockets.length, f.told.states.at(-1)];""")).isEqualTo(json("[0,{'state':'closed','code':1000,'reason':'asked for'}]"));
    }

    @Test
    void aSubscriptionToNothingIsAMistakeThatIsToldAtOnce() {
        assertThat(run("""
                const messages = [];
                for (const options of [{}, { topics: [] }]) {
                    try { subscribe('http://h/', options); } catch (mistake) { messages.push(mistake.message); }
                }
                return messages;""")).isEqualTo(json("['topics is missing: one or more','topics is missing: one or more']"));
    }

    @Test
    void itIsOneShortFileThatNeedsNoOther() {
        String script = relay.api().get("/relay.js").body();
        assertThat(script.lines()).hasSizeLessThan(325);
        assertThat(script.lines().filter(line -> line.startsWith("import"))).isEmpty();
        assertThat(script.lines().limit(5)).anyMatch(line -> line.contains("optional"));
    }

    private static JsonNode waitsOf(int refusals, String options) {
        return run("""
                const f = fakes(%s);
                connect('ws://h/ws/1', f.options);
                for (let i = 0; i < %d; i++) {
                    f.lose(1006);
                    await f.waited();
                }
                return f.timers.map(({ wait }) => wait);""".formatted(options, refusals));
    }

    private static JsonNode run(String script) {
        return chromium.evaluate("(async () => {\n" + script + "\n})()");
    }

    private static JsonNode json(String text) {
        return TestJson.parse(text.replace('\'', '"'));
    }

    private static String resource(String name) {
        try (InputStream file = Objects.requireNonNull(ScriptRulesIT.class.getResourceAsStream(name))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
