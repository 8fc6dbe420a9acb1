package dev.asyncawait.compiler;

import static java.nio.charset.StandardCharsets.UTF_8;

import dotty.tools.dotc.Main;
import dotty.tools.dotc.interfaces.ReporterResult;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.codehaus.groovy.control.CompilationUnit;
import org.codehaus.groovy.control.CompilerConfiguration;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/** Languages other than Java, whose compilers write lambdas in ways of their own. */
enum OtherLanguage implements Sources.SourceCompiler {
  KOTLIN {
    @Override
    public String compile(List<Path> sources, Path classes) {
      var messages = new ByteArrayOutputStream();
      ExitCode code = new K2JVMCompiler()
          .exec(
              new PrintStream(messages, true, UTF_8),
              arguments(sources, "-no-stdlib", "-no-reflect", "-jvm-target", "17", "-d", classes));
      return code == ExitCode.OK ? "" : "refused: " + messages.toString(UTF_8);
    }
  },

  SCALA {
    @Override
    public String compile(List<Path> sources, Path classes) {
      ReporterResult result = Main.process(
          arguments(sources, "-color", "never", "-java-output-version", "17", "-d", classes));
      return result.hasErrors() ? "refused: see standard output" : "";
    }
  },

  GROOVY {
    @Override
    public String compile(List<Path> sources, Path classes) {
      var configuration = new CompilerConfiguration();
      configuration.setTargetBytecode("17");
      configuration.setTargetDirectory(classes.toFile());
      configuration.setClasspath(CLASS_PATH);
      var unit = new CompilationUnit(configuration);
      sources.forEach(source -> unit.addSource(source.toFile()));
      unit.compile();
      return "";
    }
  };

  private static final String CLASS_PATH = System.getProperty("java.class.path");

  private static String[] arguments(List<Path> sources, Object... options) {
    List<String> all = new ArrayList<>(List.of("-classpath", CLASS_PATH));
    List.of(options).forEach(option -> all.add(option.toString()));
    sources.forEach(source -> all.add(source.toString()));
    return all.toArray(new String[0]);
  }
}
