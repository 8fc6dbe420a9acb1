package dev.asyncawait.compiler.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** The compiler has no lambdas and the like, each of which the first body of a process would wait for. */
class NothingToLinkTest {

  /** Records have theirs made in this way, and nobody calls them here. */
  private static final List<String> OF_RECORDS = List.of("equals", "hashCode", "toString");

  @Test
  void only_the_canary_makes_a_lambda() throws Exception {
    List<String> linked = new ArrayList<>();
    for (Path file : classFiles()) {
      var node = new ClassNode();
      new ClassReader(Files.readAllBytes(file)).accept(node, 0);
      for (MethodNode method : node.methods) {
        for (AbstractInsnNode instruction : method.instructions) {
          if (instruction instanceof InvokeDynamicInsnNode && !OF_RECORDS.contains(method.name)) {
            linked.add(node.name + '.' + method.name);
          }
        }
      }
    }
    assertThat(linked).containsExactly("dev/asyncawait/compiler/engine/Canary.lambda");
  }

  private static List<Path> classFiles() throws Exception {
    URL one = ClassCompiler.class.getResource("ClassCompiler.class");
    try (Stream<Path> files = Files.list(Path.of(one.toURI()).getParent())) {
      return files.filter(file -> file.toString().endsWith(".class")).toList();
    }
  }
}
