package dev.asyncawait.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the article's programs print, byte for byte what the Python originals print. */
class ArticleProgramsIT {

  @Test
  void greet() throws Exception {
    assertThat(Program.run("greet")).isEqualTo(new Program.Result(0, "Hello!\nGoodbye!\n", ""));
  }

  @Test
  void fetch() throws Exception {
    assertThat(Program.run("fetch"))
        .isEqualTo(
            new Program.Result(0, "Starting...\nFetching data...\nData fetched!\nDone!\n", ""));
  }

  @Test
  void download() throws Exception {
    assertThat(Program.run("download"))
        .isEqualTo(new Program.Result(
            0, "Start\nDownloading file1.txt...\nDownloaded file1.txt!\nEnd\n", ""));
  }

  @Test
  void download_of_several_files_has_all_of_them_under_way_at_once() throws Exception {
    assertThat(Program.run("download", "a.txt", "b.txt", "c.txt"))
        .isEqualTo(new Program.Result(0, """
                        Start
                        Downloading a.txt...
                        Downloading b.txt...
                        Downloading c.txt...
                        Downloaded a.txt!
                        Downloaded b.txt!
                        Downloaded c.txt!
                        End
                        """, ""));
  }

  @Test
  void analogy() throws Exception {
    assertThat(Program.run("analogy")).isEqualTo(new Program.Result(0, """
                        Boss:   a worker is prepared, and has not begun.
                        Boss:   I wait for him.
                        Worker: I begin to bake the bread.
                        Worker: the bread is ready.
                        Boss:   I have the bread.
                        Boss:   a second worker is on his way; I lay the table meanwhile.
                        Worker: I begin to bake the cake.
                        Boss:   the table is laid, now I wait for him.
                        Worker: the cake is ready.
                        Boss:   I have the cake.
                        """, ""));
  }

  @Test
  void differences() throws Exception {
    assertThat(Program.run("differences")).isEqualTo(new Program.Result(0, """
                        Purpose: async makes a coroutine of a block of code; await runs it and waits for its end
                          with await                  fetch the data, use the data
                          without await               use the data
                        Placement: async stands anywhere; await stands in the body of a coroutine and nowhere else
                          await in the body           42
                          await in a toThread call    IllegalStateException: await() was called outside a coroutine; wrap the code in Async.run(async(() -> ...))
                        Execution: async runs nothing by itself; await pauses its coroutine, and others run meanwhile
                          await sleep()               a begins, b begins, a ends, b ends
                          Thread.sleep()              a begins, a ends, b begins, b ends
                        Dependency: async can do without await; await cannot do without async
                          async without await         done
                          await without async         IllegalStateException: await() was called outside a coroutine; wrap the code in Async.run(async(() -> ...))
                        Output: async gives a coroutine; await gives its value, and a coroutine gives it once
                          async                       Coroutine
                          await                       42
                          await again                 IllegalStateException: coroutine 'async body in dev.asyncawait.examples.Differences' was already awaited; call the method again for a new one
                        """, ""));
  }
}
