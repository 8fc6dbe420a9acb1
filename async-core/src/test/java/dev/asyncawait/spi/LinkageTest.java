package dev.asyncawait.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.invoke.CallSite;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.invoke.StringConcatFactory;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** What generated code may link, as the class it was made from, and that nobody else may. */
class LinkageTest {

  @SuppressWarnings("unused") // by what is linked
  private static class Base {
    String name() {
      return "base";
    }
  }

  /** The class with the body. */
  @SuppressWarnings("unused") // by what is linked
  private static final class Host extends Base {
    private static int count = 5;
    private int value;

    private Host(int value) {
      this.value = value;
    }

    static Lookup lookup() {
      return MethodHandles.lookup();
    }

    @Override
    String name() {
      return "host";
    }

    private int plus(int more) {
      return value + more;
    }

    private static int doubled(int number) {
      return 2 * number;
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

  private static MethodHandle member(int kind, Class<?> owner, String name, MethodType type)
      throws ReflectiveOperationException {
    return Linkage.member(Generated.LOOKUP, "use", type, kind, owner, name).dynamicInvoker();
  }

  private static MethodType type(Class<?> result, Class<?>... parameters) {
    return MethodType.methodType(result, parameters);
  }

  @Test
  void private_methods_are_called() throws Throwable {
    MethodHandle plus = member(
        MethodHandleInfo.REF_invokeVirtual,
        Host.class,
        "plus",
        type(int.class, Host.class, int.class));
    MethodHandle doubled = member(
        MethodHandleInfo.REF_invokeStatic, Host.class, "doubled", type(int.class, int.class));
    assertThat((int) plus.invokeExact(new Host(3), 4)).isEqualTo(7);
    assertThat((int) doubled.invokeExact(4)).isEqualTo(8);
  }

  @Test
  void a_method_is_called_as_super_has_it() throws Throwable {
    MethodHandle name = member(
        MethodHandleInfo.REF_invokeSpecial, Base.class, "name", type(String.class, Host.class));
    assertThat((String) name.invokeExact(new Host(1))).isEqualTo("base");
  }

  @Test
  void an_interface_method_is_called() throws Throwable {
    MethodHandle length = member(
        MethodHandleInfo.REF_invokeInterface,
        CharSequence.class,
        "length",
        type(int.class, CharSequence.class));
    assertThat((int) length.invokeExact((CharSequence) "abc")).isEqualTo(3);
  }

  @Test
  void private_fields_are_read_and_written() throws Throwable {
    var host = new Host(3);
    MethodHandle put = member(
        MethodHandleInfo.REF_putField,
        Host.class,
        "value",
        type(void.class, Host.class, int.class));
    MethodHandle get =
        member(MethodHandleInfo.REF_getField, Host.class, "value", type(int.class, Host.class));
    put.invokeExact(host, 9);
    assertThat((int) get.invokeExact(host)).isEqualTo(9);
    MethodHandle putStatic =
        member(MethodHandleInfo.REF_putStatic, Host.class, "count", type(void.class, int.class));
    MethodHandle getStatic =
        member(MethodHandleInfo.REF_getStatic, Host.class, "count", type(int.class));
    putStatic.invokeExact(6);
    assertThat((int) getStatic.invokeExact()).isEqualTo(6);
  }

  @Test
  void a_private_constructor_is_called() throws Throwable {
    MethodHandle made = member(
        MethodHandleInfo.REF_newInvokeSpecial, Host.class, "<init>", type(Host.class, int.class));
    assertThat(((Host) made.invokeExact(11)).value).isEqualTo(11);
  }

  @Test
  void captured_values_are_read_from_the_body() throws Throwable {
    MethodHandle value = Linkage.captured(
            Generated.LOOKUP, "value", type(long.class, Object.class), 0)
        .dynamicInvoker();
    assertThat((long) value.invokeExact((Object) new Host(12))).isEqualTo(12L);
  }

  @Test
  void a_lambda_is_made_of_a_private_method() throws Throwable {
    MethodType operator = type(int.class, int.class);
    var site = (CallSite) Linkage.dynamic(
        Generated.LOOKUP,
        "applyAsInt",
        type(IntUnaryOperator.class, Host.class),
        "hchc",
        MethodHandleInfo.REF_invokeStatic,
        LambdaMetafactory.class,
        "metafactory",
        type(
            CallSite.class,
            Lookup.class,
            String.class,
            MethodType.class,
            MethodType.class,
            MethodHandle.class,
            MethodType.class),
        operator,
        MethodHandleInfo.REF_invokeVirtual,
        Host.class,
        "plus",
        operator,
        operator);
    var lambda = (IntUnaryOperator) site.dynamicInvoker().invokeExact(new Host(20));
    assertThat(lambda.applyAsInt(1)).isEqualTo(21);
  }

  @Test
  void strings_are_concatenated() throws Throwable {
    var site = (CallSite) Linkage.dynamic(
        Generated.LOOKUP,
        "concat",
        type(String.class, int.class),
        "hc",
        MethodHandleInfo.REF_invokeStatic,
        StringConcatFactory.class,
        "makeConcatWithConstants",
        type(
            CallSite.class,
            Lookup.class,
            String.class,
            MethodType.class,
            String.class,
            Object[].class),
        "n = \u0001");
    assertThat((String) site.dynamicInvoker().invokeExact(3)).isEqualTo("n = 3");
  }

  @Test
  void a_call_without_a_bootstrap_method_is_refused() {
    assertThatThrownBy(() -> Linkage.dynamic(Generated.LOOKUP, "call", type(void.class), ""))
        .isInstanceOf(BootstrapMethodError.class)
        .hasMessage("call has no bootstrap method; give it as the first constant");
  }

  @Test
  void a_member_that_is_not_there_is_not_linked() {
    assertThatThrownBy(
            () -> member(MethodHandleInfo.REF_invokeStatic, Host.class, "halved", type(int.class)))
        .isInstanceOf(NoSuchMethodException.class)
        .hasMessageContaining("halved");
    assertThatThrownBy(() -> member(10, Host.class, "doubled", type(int.class, int.class)))
        .isInstanceOf(BootstrapMethodError.class)
        .hasMessage("there is no reference kind 10");
  }

  @Test
  void a_class_that_nobody_has_registered_links_nothing() {
    assertThatThrownBy(
            () -> Linkage.captured(Stranger.LOOKUP, "value", type(int.class, Object.class), 0))
        .isInstanceOf(BootstrapMethodError.class)
        .hasMessageContaining("only code of a registered class may link");
  }

  @Test
  void a_lookup_that_is_not_the_classs_own_links_nothing() {
    Lookup stranger = MethodHandles.publicLookup().in(Generated.class);
    assertThatThrownBy(() -> Linkage.captured(stranger, "value", type(int.class, Object.class), 0))
        .isInstanceOf(BootstrapMethodError.class)
        .hasMessageContaining("only code of a registered class may link");
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
