package dev.asyncawait.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * A jar with what one program needs of this process' class path: to open the one of all benchmarks takes longer than most
 * programs that are measured whole.
 */
final class AppJar {

  private AppJar() {}

  /** Writes one that is gone when this process ends, of all entries whose names match. */
  static Path of(Pattern names) throws IOException {
    Path jar = Files.createTempFile("app", ".jar");
    jar.toFile().deleteOnExit();
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MULTI_RELEASE, "true");
    try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      Set<String> written = new HashSet<>();
      for (String place : System.getProperty("java.class.path").split(File.pathSeparator)) {
        Path path = Path.of(place);
        if (Files.isDirectory(path)) {
          copy(path, names, written, out);
        } else if (Files.exists(path)) {
          try (FileSystem zip = FileSystems.newFileSystem(path)) {
            copy(zip.getPath("/"), names, written, out);
          }
        }
      }
    }
    return jar;
  }

  private static void copy(Path root, Pattern names, Set<String> written, JarOutputStream out)
      throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      String name = root.relativize(file).toString().replace(File.separatorChar, '/');
      if (names.matcher(name).matches() && written.add(name)) {
        out.putNextEntry(new ZipEntry(name));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
  }
}
