package dev.asyncawait.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What generated code may link, and that nobody else may. */
class LinkageTest {

  /** The class with the body. */
  private static final class Host {
    @SuppressWarnings("unused") // by what is linked
    private final int value;

    Host(int value) {
      this.value = value;
    }

    static Lookup lookup() {
      return MethodHandles.lookup();
    }
  }

  /** Stands for a class that a compiler has defined beside the host. */
  private static final class Generated {
    static final Lookup LOOKUP = MethodHandles.lookup();

    static {
      Linkage.register(Host.lookup(), Generated.class, List.of(getter()));
    }

    private static MethodHandle getter() {
      try {
        return Host.lookup().findGetter(Host.class, "value", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }
  }

  private static final class Stranger {
    static final Lookup LOOKUP = MethodHandles.lookup();
  }

  private static final MethodType FROM_BODY = MethodType.methodType(long.class, Object.class);

  @Test
  void what_was_registered_is_linked() throws Throwable {
    MethodHandle value = Linkage.linked(Generated.LOOKUP, "value", FROM_BODY, 0).dynamicInvoker();
    assertThat((long) value.invokeExact((Object) new Host(12))).isEqualTo(12L);
  }

  @Test
  void a_class_that_nobody_has_registered_links_nothing() {
    assertThatThrownBy(() -> Linkage.linked(Stranger.LOOKUP, "value", FROM_BODY, 0))
        .isInstanceOf(BootstrapMethodError.class)
        .hasMessageContaining("only a registered class may link");
  }

  @Test
  void a_lookup_that_is_not_the_classs_own_links_nothing() {
    Lookup stranger = MethodHandles.publicLookup().in(Generated.class);
    assertThatThrownBy(() -> Linkage.linked(stranger, "value", FROM_BODY, 0))
        .isInstanceOf(BootstrapMethodError.class)
        .hasMessageContaining("only a registered class may link");
  }

  @Test
  void rights_that_are_not_there_cannot_be_given() {
    Lookup narrow = Host.lookup().dropLookupMode(Lookup.PRIVATE);
    assertThatThrownBy(() -> Linkage.register(narrow, Stranger.class, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no private access to " + Host.class.getName());
    assertThatThrownBy(() -> Linkage.register(Host.lookup(), List.class, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("java.util.List is not of the package of " + Host.class.getName()
            + "; define it there");
  }

  @Test
  void a_class_is_registered_once() throws ReflectiveOperationException {
    MethodHandles.lookup().ensureInitialized(Generated.class);
    assertThatThrownBy(() -> Linkage.register(Host.lookup(), Generated.class, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            Generated.class.getName() + " was registered before; define a new class for each body");
  }
}
