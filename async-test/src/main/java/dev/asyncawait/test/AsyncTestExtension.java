package dev.asyncawait.test;

import static dev.asyncawait.Async.async;

import dev.asyncawait.AsyncAction;
import dev.asyncawait.Coroutine;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;
import org.opentest4j.TestAbortedException;

/** Runs the bodies of {@link AsyncTest} methods as coroutines. */
final class AsyncTestExtension
    implements TestTemplateInvocationContextProvider, InvocationInterceptor {

  // ---- how often

  /** A plain method is a template with one invocation; the annotations of JUnit that make several do so themselves. */
  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return Stream.of(context.getRequiredTestMethod().getAnnotations())
        .map(Annotation::annotationType)
        .noneMatch(type -> type != AsyncTest.class
            && AnnotationSupport.isAnnotated(type, TestTemplate.class)
            && !AnnotationSupport.isAnnotated(type, AsyncTest.class));
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    return Stream.of(new TestTemplateInvocationContext() {
      @Override
      public String getDisplayName(int invocationIndex) {
        return context.getDisplayName();
      }
    });
  }

  // ---- the body

  @Override
  public void interceptTestTemplateMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    AsyncTest settings = AnnotationSupport.findAnnotation(method.getExecutable(), AsyncTest.class)
        .orElseThrow();
    VirtualTime.Options options = options(settings, method.getExecutable());
    if (!isExplored(settings)) {
      Coroutine<?> body = body(() -> invocation.proceed());
      Object unused = settings.realTime() ? TestRun.inRealTime(options, body) : options.run(body);
      return;
    }
    var schedules = Schedules.options().virtualTime(options);
    Supplier<Coroutine<?>> bodies = bodies(invocation, method);
    try {
      if (settings.seed() >= 0) {
        schedules.replay(settings.seed(), bodies);
      } else {
        int orders = schedules.explore(settings.schedules(), bodies);
        context.publishReportEntry("orders", orders + " with " + settings.schedules() + " seeds");
      }
    } catch (ScheduleFailure failure) {
      throw failure.getCause() instanceof TestAbortedException aborted ? aborted : failure;
    }
  }

  private interface Body {
    void run() throws Throwable;
  }

  private static Coroutine<?> body(Body body) {
    AsyncAction action = () -> {
      try {
        body.run();
      } catch (Exception | Error failure) {
        throw failure;
      } catch (Throwable failure) {
        throw new AssertionError(failure);
      }
    };
    return async(action);
  }

  /** The first as JUnit would run it, all others by hand, since it does so only once. */
  private static Supplier<Coroutine<?>> bodies(
      Invocation<Void> invocation, ReflectiveInvocationContext<Method> method) {
    var first = new AtomicBoolean(true);
    return () -> first.getAndSet(false)
        ? body(() -> invocation.proceed())
        : body(() -> ReflectionSupport.invokeMethod(
            method.getExecutable(),
            method.getTarget().orElse(null),
            method.getArguments().toArray()));
  }

  // ---- the settings

  private static VirtualTime.Options options(AsyncTest settings, Method method) {
    if (settings.schedules() < 0) {
      throw refused(method, "schedules must be 0 or more, but was " + settings.schedules(), null);
    }
    if (settings.seed() < -1) {
      throw refused(method, "seed must be 0 or more, but was " + settings.seed(), null);
    }
    if (settings.realTime() && isExplored(settings)) {
      throw refused(
          method, "realTime goes with neither schedules nor seed, which need virtual time", null);
    }
    VirtualTime.Options options = VirtualTime.options();
    if (!settings.timeout().isEmpty()) {
      options.timeout(timeout(settings.timeout(), method));
    }
    return settings.allowLeaks() ? options.allowLeaks() : options;
  }

  private static boolean isExplored(AsyncTest settings) {
    return settings.schedules() > 0 || settings.seed() >= 0;
  }

  private static Duration timeout(String text, Method method) {
    Duration timeout;
    try {
      timeout = Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw refused(method, "timeout must be a duration such as PT1H, but was " + text, e);
    }
    if (timeout.isNegative()) {
      throw refused(method, "timeout must not be negative, but was " + text, null);
    }
    return timeout;
  }

  private static ExtensionConfigurationException refused(
      Method method, String why, @Nullable Throwable cause) {
    return new ExtensionConfigurationException(
        "@AsyncTest on " + method.getName() + ": " + why, cause);
  }
}
