import org.jspecify.annotations.NullMarked;

/** Tests of coroutines: in virtual time, where hours pass in milliseconds, and in every order of their tasks. */
@NullMarked
module dev.asyncawait.test {
  requires transitive dev.asyncawait.core;
  requires org.slf4j;
  requires static org.jspecify;
  requires static org.junit.jupiter.api;
  requires static org.opentest4j;

  exports dev.asyncawait.test;

  opens dev.asyncawait.test to
      org.junit.platform.commons;
}
