import org.jspecify.annotations.NullMarked;

/** Coroutines, {@code await} and tasks in the manner of asyncio, on one loop that runs one task at a time. */
@NullMarked
module dev.asyncawait.core {
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.asyncawait;
  exports dev.asyncawait.spi;

  uses dev.asyncawait.spi.BodyCompiler;
  uses dev.asyncawait.spi.TaskLocal;
}
