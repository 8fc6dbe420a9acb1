package dev.asyncawait;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The heap of deadlines, beside a list that is sorted at every look. */
class TimerHeapTest {

  private static final class Element implements TimerHeap.Element {
    private final long deadline;
    private int place = OUT;

    Element(long deadline) {
      this.deadline = deadline;
    }

    @Override
    public int place() {
      return place;
    }

    @Override
    public void setPlace(int place) {
      this.place = place;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - 20})
  void the_first_is_the_earliest_and_of_equal_ones_the_oldest(long origin) {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var heap = new TimerHeap();
      List<Element> expected = new ArrayList<>(); // a stable sort keeps equal ones in their order
      for (int step = 0; step < 200; step++) {
        int act = random.nextInt(5);
        if (act < 3) {
          var added = new Element(origin + random.nextInt(40));
          heap.add(added, added.deadline);
          expected.add(added);
        } else if (!expected.isEmpty()) {
          Element removed =
              act == 3 ? expected.get(random.nextInt(expected.size())) : (Element) heap.first();
          heap.remove(removed);
          heap.remove(removed); // it is out already
          expected.remove(removed);
        }
        expected.sort(Comparator.comparingLong(element -> element.deadline - origin));
        assertThat(heap.first()).isSameAs(expected.isEmpty() ? null : expected.get(0));
        if (!expected.isEmpty()) {
          assertThat(heap.firstDeadline()).isEqualTo(expected.get(0).deadline);
        }
      }
    }
  }

  @Test
  void one_that_is_out_is_in_no_array_any_more() {
    var heap = new TimerHeap();
    List<Element> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      var element = new Element(i % 7);
      heap.add(element, element.deadline);
      all.add(element);
    }
    all.forEach(heap::remove);
    assertThat(heap.first()).isNull();
    assertThat(all).allMatch(element -> element.place() == TimerHeap.Element.OUT);
  }
}
