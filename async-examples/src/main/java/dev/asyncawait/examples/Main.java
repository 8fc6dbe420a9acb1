package dev.asyncawait.examples;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The one door to the example programs: {@code java -jar async-examples.jar <program>}. */
@Command(
    name = "async-examples",
    description = "Programs that show dev.asyncawait, asyncio for Java, at work.",
    synopsisSubcommandLabel = "PROGRAM",
    commandListHeading = "%nPrograms:%n",
    subcommands = {
      Greet.class,
      Fetch.class,
      Download.class,
      Differences.class,
      Analogy.class,
      FetchFiles.class,
      Crawler.class
    })
final class Main {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  boolean help;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Main())
        .setParameterExceptionHandler((e, unused) -> usageError(e))
        .execute(args));
  }

  private static int usageError(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    if (command.getParent() != null) {
      err.println(e.getMessage());
      err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    } else {
      err.println(
          e instanceof UnmatchedArgumentException unmatched
              ? "Unknown program: '" + unmatched.getUnmatched().get(0) + "'"
              : e.getMessage());
      err.println();
      command.usage(err);
    }
    return ExitCode.USAGE;
  }
}
