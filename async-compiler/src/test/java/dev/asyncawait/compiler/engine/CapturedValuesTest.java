package dev.asyncawait.compiler.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a lambda has captured is read in the order of the parameters, or not at all. */
class CapturedValuesTest {

  @SuppressWarnings({"unused", "MemberName"})
  private static final class InAnyOrder {
    private final String arg$2 = "b";
    private final int arg$1 = 1;
    private final Object arg$10 = "c";
  }

  @SuppressWarnings({"unused", "MemberName"})
  private static final class TwoOfANumber {
    private final String arg$1 = "a";
    private final String other$1 = "b";
  }

  @SuppressWarnings("unused")
  private static final class WithoutNumbers {
    private final String one = "a";
    private final String other = "b";
  }

  @Test
  void the_numbers_of_the_fields_are_their_order() throws Exception {
    List<Class<?>> types = new ArrayList<>();
    for (MethodHandle reader : BodyMethod.readersOf(InAnyOrder.class)) {
      types.add(reader.type().returnType());
    }
    assertThat(types).containsExactly(int.class, String.class, Object.class);
  }

  @Test
  void fields_that_have_no_order_are_refused() {
    assertThatThrownBy(() -> BodyMethod.readersOf(TwoOfANumber.class))
        .isInstanceOf(Refusal.class)
        .hasMessage("captured values that cannot be told apart");
    assertThatThrownBy(() -> BodyMethod.readersOf(WithoutNumbers.class))
        .isInstanceOf(Refusal.class)
        .hasMessage("captured values that cannot be told apart");
  }
}
