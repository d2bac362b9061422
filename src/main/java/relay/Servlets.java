package relay;

import jakarta.servlet.Servlet;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import relay.access.Access;
import relay.client.Ticker;
import relay.http.AdminAccess;
import relay.http.AnswerQueue;
import relay.http.ClientsServlet;
import relay.http.DocumentServlet;
import relay.http.HealthServlet;
import relay.http.IdempotentAnswers;
import relay.http.MetricsServlet;
import relay.http.ProblemHandler;
import relay.http.PublishServlet;
import relay.http.ReadyServlet;
import relay.http.RegisterServlet;
import relay.http.RequestLimits;
import relay.http.TopicsServlet;
import relay.hub.Hub;
import relay.json.Json;
import relay.metrics.MetricsPage;

/**
 * The servlets and their paths, with what they share.
 *
 * @param answering the thread that tells publishers what became of their messages
 * @param relay what this relay is called among several; empty if it is alone
 */
record Servlets(
        RelayOptions options,
        Json json,
        Hub hub,
        Access access,
        AdminAccess admins,
        IdempotentAnswers idempotent,
        Executor answering,
        Ticker ticker,
        InstantSource clock,
        Optional<String> relay) {
    /** All of them. */
    ServletContextHandler context(MetricsPage metrics) {
        RequestLimits limits = new RequestLimits(
                options.maxBodyBytes().bytes(), options.maxTopics(), options.maxKeep(), options.maxConfirm());
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        context.setErrorHandler(new ProblemHandler(json));
        context.getServletHandler().setEnsureDefaultServlet(false);
        add(context, new HealthServlet(json), List.of("/health"));
        add(context, new ReadyServlet(json, hub, admins), List.of("/ready"));
        add(context, new MetricsServlet(json, admins, metrics), List.of("/metrics"));
        add(
                context,
                new RegisterServlet(json, hub.registrar(), limits, access, ticker, options.publicUrl()),
                List.of("/register", "/register/*"));
        add(
                context,
                new PublishServlet(json, hub, new AnswerQueue(answering), limits, access, idempotent),
                List.of("/publish", "/publish/*"));
        add(context, new TopicsServlet(json, hub.directory(), admins, relay), List.of("/topics", "/topics/*"));
        add(
                context,
                new ClientsServlet(json, hub.directory(), hub.registrar(), admins, clock, relay),
                List.of("/clients"));
        DocumentServlet.all(json, options.publicUrl())
                .forEach((path, document) -> add(context, document, List.of(path)));
        return context;
    }

    private static void add(ServletContextHandler context, Servlet servlet, List<String> paths) {
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        paths.forEach(path -> context.addServlet(holder, path));
    }
}
