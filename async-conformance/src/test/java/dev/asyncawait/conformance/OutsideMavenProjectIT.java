package dev.asyncawait.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.test.VirtualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/**
 * README.md's code in Maven projects outside this build, with the dependencies that README.md shows.
 *
 * <p>They have a local repository of their own, into which this test puts what {@code mvn install} would: the POMs and
 * the packaged jars. All else comes out of this build's local repository, as if that were Maven Central, so that no
 * network is needed; the projects use the plugins and test libraries that this build uses itself.
 */
class OutsideMavenProjectIT {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir
  Path outside;

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void it_compiles_and_passes_its_tests_on_the_class_path_and_on_the_module_path()
      throws Exception {
    install("asyncawait-parent", ROOT.resolve("pom.xml"), null);
    install("async-core", ROOT.resolve("async-core/pom.xml"), fileOf(Async.class));
    install("async-test", ROOT.resolve("async-test/pom.xml"), fileOf(VirtualTime.class));
    write("settings.xml", settings());
    write("pom.xml", parent());
    writeModule("class-path", false);
    writeModule("module-path", true);
    write(
        "module-path/src/main/java/module-info.java",
        "module outside { requires dev.asyncawait.core; }");

    assertThat(maven("test")).contains("BUILD SUCCESS");

    for (String module : List.of("class-path", "module-path")) {
      assertThat(outside.resolve(module + "/target/surefire-reports/TEST-outside.ReadmeTest.xml"))
          .content()
          .contains("tests=\"3\"", "skipped=\"0\"");
    }
  }

  // ---- the projects

  private static String parent() throws Exception {
    return """
        <project>
          <modelVersion>4.0.0</modelVersion>
          <groupId>outside</groupId>
          <artifactId>outside</artifactId>
          <version>1</version>
          <packaging>pom</packaging>
          <modules>
            <module>class-path</module>
            <module>module-path</module>
          </modules>
          <properties>
            <maven.compiler.release>17</maven.compiler.release>
            <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
          </properties>
          <dependencies>
            %s
            <dependency>
              <groupId>org.junit.jupiter</groupId>
              <artifactId>junit-jupiter</artifactId>
              <version>%s</version>
              <scope>test</scope>
            </dependency>
            <dependency>
              <groupId>org.assertj</groupId>
              <artifactId>assertj-core</artifactId>
              <version>%s</version>
              <scope>test</scope>
            </dependency>
          </dependencies>
          <build>
            <plugins>
              %s
            </plugins>
          </build>
        </project>
        """.formatted(
            dependencies(),
            ofThisBuild("/project/properties/junit.version"),
            ofThisBuild("/project/properties/assertj.version"),
            plugin("resources") + plugin("compiler") + plugin("surefire"));
  }

  private static String dependencies() {
    return Page.readme().blocks().stream()
        .filter(block -> block.language().equals("xml"))
        .findFirst()
        .orElseThrow()
        .text();
  }

  private static String plugin(String name) throws Exception {
    String artifact = "maven-" + name + "-plugin";
    return "<plugin><artifactId>" + artifact + "</artifactId><version>"
        + ofThisBuild("//plugin[artifactId='" + artifact + "']/version") + "</version></plugin>";
  }

  private void writeModule(String name, boolean named) throws IOException {
    List<Page.Example> examples = Page.readme().examples();
    Page.Example first = examples.get(0);
    String tested = examples.get(1).snippet().code();
    String test = examples.get(2).snippet().code();
    String program = first.snippet().types().get(0);
    write(name + "/pom.xml", """
        <project>
          <modelVersion>4.0.0</modelVersion>
          <parent>
            <groupId>outside</groupId>
            <artifactId>outside</artifactId>
            <version>1</version>
          </parent>
          <artifactId>%s</artifactId>
        </project>
        """.formatted(name));
    write(
        name + "/src/main/java/outside/" + program + ".java",
        "package outside;\n" + first.snippet().code());
    write(name + "/src/test/java/outside/ReadmeTest.java", """
        package outside;

        import static dev.asyncawait.Async.*;
        import static org.assertj.core.api.Assertions.*;

        import dev.asyncawait.*;
        import dev.asyncawait.test.AsyncTest;
        import java.io.*;
        import java.time.Duration;
        import java.util.concurrent.atomic.AtomicInteger;
        import org.junit.jupiter.api.Test;

        class ReadmeTest {
          %s

          %s

          @Test
          void the_first_program_prints_what_is_shown() {
            var bytes = new ByteArrayOutputStream();
            PrintStream before = System.out;
            System.setOut(new PrintStream(bytes, true));
            %s.main(new String[0]);
            System.setOut(before);
            assertThat(bytes.toString().lines()).containsExactly(
                \"""
                %s\""".lines().toArray(String[]::new));
          }

          @Test
          void the_library_is_where_this_project_wants_it() {
            assertThat(Async.class.getModule().isNamed()).isEqualTo(%s);
          }
        }
        """.formatted(
            tested, test, program, first.shown().replace("\n", "\n        "), named));
  }

  private void write(String file, String text) throws IOException {
    Path target = outside.resolve(file);
    Files.createDirectories(target.getParent());
    Files.writeString(target, text);
  }

  // ---- Maven

  private void install(String artifact, Path pom, Path jar) throws Exception {
    String version = ofThisBuild("/project/version");
    Path directory =
        outside.resolve("repository/dev/asyncawait").resolve(artifact).resolve(version);
    Files.createDirectories(directory);
    Files.copy(pom, directory.resolve(artifact + "-" + version + ".pom"));
    if (jar != null) {
      assertThat(jar).as("a jar; 'mvn verify' packages it").isRegularFile();
      Files.copy(jar, directory.resolve(artifact + "-" + version + ".jar"));
    }
  }

  private String settings() {
    String central =
        """
        <id>central</id>
        <url>%s</url>
        <releases><checksumPolicy>ignore</checksumPolicy></releases>
        <snapshots><enabled>false</enabled></snapshots>
        """.formatted(Path.of(System.getProperty("localRepository")).toUri());
    return """
        <settings>
          <localRepository>%s</localRepository>
          <profiles>
            <profile>
              <id>no-network</id>
              <repositories><repository>%s</repository></repositories>
              <pluginRepositories><pluginRepository>%s</pluginRepository></pluginRepositories>
            </profile>
          </profiles>
          <activeProfiles><activeProfile>no-network</activeProfile></activeProfiles>
        </settings>
        """.formatted(outside.resolve("repository"), central, central);
  }

  private String maven(String goal) throws Exception {
    Path out = outside.resolve("maven.out");
    String settings = outside.resolve("settings.xml").toString();
    var builder = new ProcessBuilder(
            Path.of(System.getProperty("maven.home"), "bin", "mvn").toString(),
            "-B",
            "-ntp",
            "-Dstyle.color=never",
            "--settings",
            settings,
            "--global-settings",
            settings,
            goal)
        .directory(outside.toFile())
        .redirectErrorStream(true)
        .redirectOutput(out.toFile());
    builder.environment().keySet().removeAll(List.of("MAVEN_ARGS", "MAVEN_OPTS"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    try {
      assertThat(process.waitFor(25, TimeUnit.MINUTES)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(out);
  }

  private static Path fileOf(Class<?> type) {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
  }

  /** What this build's root POM says. */
  private static String ofThisBuild(String path) throws Exception {
    Document pom = DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(ROOT.resolve("pom.xml").toFile());
    XPath xpath = XPathFactory.newInstance().newXPath();
    String value = xpath.evaluate(path, pom);
    assertThat(value).as(path).isNotEmpty();
    return value;
  }
}
