package dev.asyncawait.compiler.engine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.SoftReference;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.CodeSource;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The class file that a class was made from.
 *
 * <p>What runs is the class, and what is compiled is the file. So the file must be where the class was loaded from, and
 * have the class's members: agents that change a class when it is loaded mostly add one.
 */
final class ClassFile {

  /** Files that were read, and found to be of their classes. */
  private static final ClassValue<Slot> READ = new ClassValue<>() {
    @Override
    protected Slot computeValue(Class<?> type) {
      return new Slot();
    }
  };

  private static final class Slot {
    volatile @Nullable Read read;
  }

  /**
   * What was read.
   *
   * @param file the class file, or the jar that it is in; null if there is none on disk, or it is not known
   * @param written when; null if that cannot be told
   */
  private record Read(
      SoftReference<byte[]> bytes,
      @Nullable Path file,
      @Nullable FileTime written) {}

  private ClassFile() {}

  static byte[] of(Class<?> type) throws Refusal {
    Slot slot = READ.get(type);
    Read read = slot.read;
    if (read != null) {
      if (!Objects.equals(read.written, written(read.file))) {
        throw new Refusal("the class file of " + type.getName() + " was written anew");
      }
      byte[] known = read.bytes.get();
      if (known != null) {
        return known;
      }
    }
    String path = type.getName().replace('.', '/') + ".class";
    Path file = file(type, path);
    FileTime written = written(file);
    byte[] bytes = read(type, path, file);
    requireSame(type, bytes);
    slot.read = new Read(new SoftReference<>(bytes), file, written);
    return bytes;
  }

  private static @Nullable FileTime written(@Nullable Path file) {
    try {
      return file == null ? null : Files.getLastModifiedTime(file);
    } catch (IOException unknown) {
      return null;
    }
  }

  /** Where on disk a class comes from, as far as its loader can be believed. */
  private static @Nullable Path file(Class<?> type, String path) throws Refusal {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    if (location != null && isOnDisk(location) && isJdks(type.getClassLoader())) {
      // to ask it for the file has it search the modules of the JDK, which takes 10 ms the first
      // time
      Path place = path(location);
      Path file = Files.isDirectory(place) ? place.resolve(path) : place;
      FileTime written = written(file);
      if (written == null || written.toInstant().isAfter(ClassCompiler.LOADED)) {
        // somebody may have built anew meanwhile
        throw new Refusal(
            "the class file of " + type.getName() + " was written after the compiler was loaded");
      }
      return file;
    }
    URL found = type.getResource("/" + path);
    if (found == null || location == null || !isAt(plain(found), plain(location), path)) {
      // a loader may find another file of that name than the one from which it made the class
      throw new Refusal("the class file of " + type.getName() + " is not where it was loaded from");
    }
    return isOnDisk(found) ? path(found) : null;
  }

  private static boolean isJdks(ClassLoader loader) {
    return loader == ClassLoader.getSystemClassLoader()
        && loader.getClass().getModule() == Object.class.getModule();
  }

  private static boolean isOnDisk(URL url) {
    return url.getProtocol().equals("file");
  }

  private static Path path(URL url) throws Refusal {
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException | IllegalArgumentException unusual) {
      throw new Refusal("the class file is at an unusual place, " + url);
    }
  }

  private static byte[] read(Class<?> type, String path, @Nullable Path file) throws Refusal {
    try {
      byte[] bytes = file == null
          ? readFromLoader(type, path)
          : file.endsWith(path) ? Files.readAllBytes(file) : readFromJar(file, path);
      if (bytes == null) {
        throw new Refusal("there is no class file of " + type.getName());
      }
      return bytes;
    } catch (IOException unreadable) {
      throw new Refusal("the class file of " + type.getName() + " cannot be read");
    }
  }

  private static byte @Nullable [] readFromLoader(Class<?> type, String path) throws IOException {
    try (InputStream in = type.getResourceAsStream("/" + path)) {
      return in == null ? null : in.readAllBytes();
    }
  }

  private static byte @Nullable [] readFromJar(Path file, String path) throws IOException {
    try (var jar = new JarFile(file.toFile(), false, ZipFile.OPEN_READ, JarFile.runtimeVersion())) {
      ZipEntry entry = jar.getEntry(path);
      return entry == null ? null : jar.getInputStream(entry).readAllBytes();
    }
  }

  private static boolean isAt(String file, String location, String path) {
    String inJar = "jar:" + location + "!/";
    return file.equals(location + path)
        || file.equals(location + "/" + path)
        || file.equals(inJar + path)
        || (file.startsWith(inJar + "META-INF/versions/") && file.endsWith("/" + path));
  }

  private static String plain(URL url) {
    return url.toString().replace("///", "/");
  }

  private static void requireSame(Class<?> type, byte[] bytes) throws Refusal {
    ClassReader reader = reader(bytes);
    if (!reader.getClassName().equals(Type.getInternalName(type))) {
      throw new Refusal("the class file of " + type.getName() + " is another class's");
    }
    Set<String> inFile = new HashSet<>();
    reader.accept(
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public @Nullable FieldVisitor visitField(
              int access, String name, String descriptor, String signature, Object value) {
            inFile.add(name + descriptor);
            return null;
          }

          @Override
          public @Nullable MethodVisitor visitMethod(
              int access, String name, String descriptor, String signature, String[] exceptions) {
            if (name.charAt(0) != '<') {
              inFile.add(name + descriptor);
            }
            return null;
          }
        },
        ClassReader.SKIP_CODE);
    if (!inFile.equals(members(type))) {
      throw new Refusal("class " + type.getName() + " was changed when it was loaded");
    }
  }

  private static Set<String> members(Class<?> type) throws Refusal {
    Set<String> members = new HashSet<>();
    try {
      for (Field field : type.getDeclaredFields()) {
        members.add(field.getName() + Type.getDescriptor(field.getType()));
      }
      for (Method method : type.getDeclaredMethods()) {
        members.add(method.getName() + Type.getMethodDescriptor(method));
      }
    } catch (LinkageError incomplete) {
      throw new Refusal("the members of " + type.getName() + " cannot be told: " + incomplete);
    }
    return members;
  }

  /** Older class files do not say where jumps go to. */
  static ClassReader reader(byte[] bytes) throws Refusal {
    int version = ((bytes[6] & 0xff) << 8) | (bytes[7] & 0xff);
    if (version < Opcodes.V1_7) {
      throw new Refusal("class file version " + version + " is too old");
    }
    try {
      return new ClassReader(bytes);
    } catch (IllegalArgumentException tooNew) {
      throw new Refusal("class file version " + version + " is too new for this compiler");
    }
  }
}
