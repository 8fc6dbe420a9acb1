import org.jspecify.annotations.NullMarked;

/** Compiles the bodies of coroutines to state machines when they are first made. */
@NullMarked
module dev.asyncawait.compiler {
  requires dev.asyncawait.core;
  requires org.slf4j;
  requires static jdk.jfr;
  requires static org.jspecify;
  // shaded: not needed where the jar is used
  requires static org.objectweb.asm;
  requires static org.objectweb.asm.commons;
  requires static org.objectweb.asm.tree;

  exports dev.asyncawait.compiler;

  provides dev.asyncawait.spi.BodyCompiler with
      dev.asyncawait.compiler.engine.ClassCompiler;
}
