/**
 * What tests of several packages share. Look here before writing another helper.
 *
 * <p><b>A relay to test.</b> {@link relay.TestRelay}: a whole one in this JVM, on a free port; start here. {@link relay.TestRelays},
 * {@link relay.PairOfRelays}: several that share an engine. {@link relay.testing.RelayProcess}: the jar in a process of its own, for
 * signals, exit statuses, small heaps and logs. {@link relay.testing.RelayFleet}: several of these, which are killed and replaced. {@link relay.testing.MortalRelay}: one, which is
 * killed and started again where it was.
 * {@link relay.testing.ManualClock}: time that passes when the test says so.
 *
 * <p><b>Clients.</b> {@link relay.testing.Api}: a backend over HTTP that registers and publishes.
 * {@link relay.testing.TestSocket}: the JDK's WebSocket. {@link relay.testing.EventStreamReader}: Server-Sent Events.
 * {@link relay.testing.RawSocket}: bytes and frames that no decent client would send. {@link relay.testing.RawPublisher}: many
 * publishes with little effort. {@link relay.testing.Scrape}: the metrics. {@link relay.testing.TestJson}: what answers say.
 *
 * <p><b>Clients that nobody here wrote.</b> {@link relay.testing.WebSocketClient} with
 * {@link relay.testing.CommandLineClient} (Python, Node) and {@link relay.testing.BrowserClient};
 * {@link relay.testing.Chromium}; {@link relay.testing.NpmPackages}; {@link relay.testing.ExternalProgram}: any other command.
 *
 * <p><b>What stands between or behind.</b> {@link relay.testing.ReverseProxy}: nginx and HAProxy.
 * {@link relay.testing.RedisServer}, {@link relay.testing.RedisSentinels}, {@link relay.testing.RedisCluster}.
 * {@link relay.testing.CuttableProxy}: a line that the test cuts, mends or freezes. {@link relay.testing.FaultyProxy}: one that
 * harms each connection by plan. {@link relay.testing.DelayingProxy}: one on which everything takes a while.
 * {@link relay.testing.HangingFile}: a file that never gives a byte. {@link relay.testing.FreePort}.
 * {@link relay.testing.TestCertificate} and {@link relay.testing.OpenSsl}: keys and certificates.
 *
 * <p><b>Stress and its judges.</b> {@link relay.testing.RestlessSubscriber} and {@link relay.testing.DeliveryChecker}: connections that
 * change all the time, none of which may miss or repeat anything while it is there. {@link relay.testing.RoamingClient},
 * {@link relay.testing.RetryingPublisher} and {@link relay.testing.LossChecker}: clients that come back, at any relay, and may miss
 * only what a gap announces. {@link relay.testing.StreamingPublisher}, {@link relay.testing.RestlessRegistrar} and
 * {@link relay.testing.RestartChecker}: the same of one relay whose data outlives it, where nothing may be missing. {@link relay.testing.BlockingDetector}: threads that wait where they must not.
 *
 * <p><b>Units without a relay.</b> {@link relay.testing.FakeConnection}, on {@link relay.testing.StubConnection}: a wire as slow as the
 * test wants. {@link relay.testing.LineEncoding}: a message a line. {@link relay.testing.HandedOver}: a publish that is to succeed.
 * {@link relay.testing.RecordedLog}: what is logged. {@link relay.testing.ReferenceRules} and {@link relay.testing.Fragments}: for fuzz
 * tests. {@link relay.testing.ApiDescription}: whether an answer is as OpenAPI or AsyncAPI has it.
 *
 * <p>{@link relay.testing.PromptWaits} makes all tests look again every 10 ms where they wait; none of them sleeps.
 *
 * <p>A package's own fixtures lie beside its tests: {@code hub.TestHub} (a running hub with a clock that stands still),
 * {@code hub.NumberingEngine} and {@code hub.Stress*}, {@code engine.redis.TestEngine}, {@code http.Raw} and {@code http.Problems},
 * {@code websocket.WebSocketServer}, {@code console.ConsoleInBrowser} and {@code console.FakeAdmin}, {@code bench.FakeRelay}.
 */
package relay.testing;
