import org.jspecify.annotations.NullMarked;

/** Virtual time for tests of coroutines: hours pass in milliseconds, the same way in every run. */
@NullMarked
module dev.asyncawait.test {
  requires transitive dev.asyncawait.core;
  requires static org.jspecify;

  exports dev.asyncawait.test;
}
