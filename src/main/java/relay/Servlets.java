package relay;

import jakarta.servlet.Servlet;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import relay.access.Access;
import relay.client.InputMemory;
import relay.http.AdminAccess;
import relay.http.AnswerQueue;
import relay.http.ClientListing;
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
import relay.schedule.Ticker;
import relay.uri.Route;

/**
 * The servlets and their routes, with what they share.
 *
 * @param answering the thread that tells publishers what became of their messages
 * @param relay what this relay is called among several; empty if it is alone
 */
record Servlets(
        RelayOptions options,
        InputMemory inputs,
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
                options.maxBodyBytes().bytes(), inputs, options.maxTopics(), options.maxKeep(), options.maxConfirm());
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        context.setErrorHandler(new ProblemHandler(json));
        context.getServletHandler().setEnsureDefaultServlet(false);
        add(context, new HealthServlet(json, hub), Route.HEALTH);
        add(context, new ReadyServlet(json, hub, admins), Route.READY);
        add(context, new MetricsServlet(json, admins, metrics), Route.METRICS);
        add(
                context,
                new RegisterServlet(json, hub.registrar(), limits, access, ticker, options.publicUrl()),
                Route.REGISTER,
                Route.REGISTRATION);
        add(
                context,
                new PublishServlet(json, hub, new AnswerQueue(answering), limits, access, idempotent),
                Route.PUBLISH,
                Route.PUBLISH_TO_TOPIC);
        add(context, new TopicsServlet(json, hub.directory(), admins, relay), Route.TOPICS, Route.TOPIC);
        ClientListing listing = new ClientListing(json, hub.directory(), clock, relay, hub.peers(), answering);
        add(context, new ClientsServlet(json, listing, hub.registrar(), admins), Route.CLIENTS);
        DocumentServlet.all(json, options.publicUrl()).forEach((route, document) -> add(context, document, route));
        return context;
    }

    private static void add(ServletContextHandler context, Servlet servlet, Route... routes) {
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        for (Route route : routes) {
            context.addServlet(holder, route.servletPath());
        }
    }
}
