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
import java.security.CodeSource;
import java.util.HashSet;
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
    volatile @Nullable SoftReference<byte[]> bytes;
  }

  private ClassFile() {}

  static byte[] of(Class<?> type) throws Refusal {
    Slot slot = READ.get(type);
    SoftReference<byte[]> read = slot.bytes;
    byte[] known = read == null ? null : read.get();
    if (known != null) {
      return known;
    }
    byte[] bytes = read(type);
    requireSame(type, bytes);
    slot.bytes = new SoftReference<>(bytes);
    return bytes;
  }

  private static byte[] read(Class<?> type) throws Refusal {
    String path = type.getName().replace('.', '/') + ".class";
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    try {
      byte[] bytes = location != null && isJdks(type.getClassLoader()) && isFile(location)
          ? readAt(Path.of(location.toURI()), path)
          : readByLoader(type, location, path);
      if (bytes == null) {
        throw new Refusal("there is no class file of " + type.getName());
      }
      return bytes;
    } catch (IOException | URISyntaxException | IllegalArgumentException unreadable) {
      throw new Refusal("the class file of " + type.getName() + " cannot be read");
    }
  }

  /** A loader that can be believed to have made a class of the file that it names. */
  private static boolean isJdks(ClassLoader loader) {
    return loader == ClassLoader.getSystemClassLoader()
        && loader.getClass().getModule() == Object.class.getModule();
  }

  private static boolean isFile(URL location) {
    return location.getProtocol().equals("file");
  }

  /** Reads from the class path. To ask a loader for a file has it search the JDK first, which takes 10 ms the first time. */
  private static byte @Nullable [] readAt(Path location, String path) throws IOException, Refusal {
    if (Files.isDirectory(location)) {
      Path file = location.resolve(path);
      if (Files.getLastModifiedTime(file).toInstant().isAfter(ClassCompiler.LOADED)) {
        // somebody may have built anew meanwhile
        throw new Refusal("the class file " + path + " was written after the compiler was loaded");
      }
      return Files.readAllBytes(file);
    }
    try (var jar =
        new JarFile(location.toFile(), false, ZipFile.OPEN_READ, JarFile.runtimeVersion())) {
      ZipEntry entry = jar.getEntry(path);
      return entry == null ? null : jar.getInputStream(entry).readAllBytes();
    }
  }

  /** Reads what a loader finds, which may be another file of that name than the one from which it made the class. */
  private static byte @Nullable [] readByLoader(Class<?> type, @Nullable URL location, String path)
      throws IOException, Refusal {
    URL file = type.getResource("/" + path);
    if (file == null || location == null || !isAt(plain(file), plain(location), path)) {
      throw new Refusal("the class file of " + type.getName() + " is not where it was loaded from");
    }
    try (InputStream in = type.getResourceAsStream("/" + path)) {
      return in == null ? null : in.readAllBytes();
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
