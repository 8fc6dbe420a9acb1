package dev.asyncawait.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.Task;
import dev.asyncawait.test.VirtualTime;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.GenericDeclaration;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the published modules show is what their users can name: the types of all members, inherited ones too, and the
 * types above. Left out are the lists of a sealed type, which Java wants to be complete, and an interface from which a
 * public type gets no member: neither Javadoc nor a user's code shows that it is there.
 */
class PublicFaceTest {

  private static final List<Class<?>> PUBLISHED = Stream.of(Async.class, VirtualTime.class)
      .flatMap(PublicFaceTest::published)
      .toList();

  private static final Set<String> EXPORTED =
      PUBLISHED.stream().map(Class::getPackageName).collect(Collectors.toSet());

  @Test
  void no_member_of_the_published_types_shows_a_type_that_users_cannot_name() {
    assertThat(EXPORTED).contains("dev.asyncawait", "dev.asyncawait.test");
    assertThat(PUBLISHED).contains(Async.class, Task.class, VirtualTime.class);
    assertThat(PUBLISHED.stream().flatMap(PublicFaceTest::leaks)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        InResult.class,
        InParameter.class,
        InConstructor.class,
        InField.class,
        InException.class,
        InBound.class,
        InBoundOfType.class,
        InArgument.class,
        InSuperclass.class,
        InArgumentOfInterface.class,
        InInheritedMember.class,
        InProtectedMember.class
      })
  void each_way_to_show_such_a_type_is_seen(Class<?> offender) {
    assertThat(leaks(offender)).isNotEmpty();
  }

  // ---- the types

  private static Stream<Class<?>> published(Class<?> inModule) {
    Path path =
        Path.of(inModule.getProtectionDomain().getCodeSource().getLocation().getPath());
    ModuleReference module = ModuleFinder.of(path).findAll().iterator().next();
    Set<String> exported = module.descriptor().exports().stream()
        .filter(exports -> !exports.isQualified())
        .map(exports -> exports.source())
        .collect(Collectors.toSet());
    try (var files = module.open()) {
      return files
          .list()
          .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
          .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
          .filter(name -> exported.contains(name.substring(0, name.lastIndexOf('.'))))
          .<Class<?>>map(PublicFaceTest::load)
          .filter(PublicFaceTest::isAccessible)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, PublicFaceTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isAccessible(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return isShown(type.getModifiers())
        && !type.isAnonymousClass()
        && (outer == null || isAccessible(outer));
  }

  private static boolean isNameable(Class<?> type) {
    return type.isArray()
        ? isNameable(type.getComponentType())
        : isAccessible(type)
            && (!type.getPackageName().startsWith("dev.asyncawait")
                || EXPORTED.contains(type.getPackageName())
                || type.getNestHost() == PublicFaceTest.class);
  }

  private static boolean isShown(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  // ---- what they show

  private static Stream<String> leaks(Class<?> type) {
    Stream<Type> above =
        type.getGenericSuperclass() == null ? Stream.of() : Stream.of(type.getGenericSuperclass());
    Stream<Type> interfaces = Stream.of(type.getGenericInterfaces())
        .filter(face -> !(face instanceof Class<?> plain && isEmpty(plain)));
    return Stream.concat(
        unnameable(type.toString(), Stream.of(above, interfaces, bounds(type)).flatMap(t -> t)),
        members(type).flatMap(member -> unnameable(type + ": " + member, shownBy(member))));
  }

  /** Whether what implements the interface gets nothing from it; static methods are not inherited. */
  private static boolean isEmpty(Class<?> face) {
    return face.getFields().length == 0
        && Stream.of(face.getMethods())
            .allMatch(method -> Modifier.isStatic(method.getModifiers()));
  }

  private static Stream<Member> members(Class<?> type) {
    return Stream.<Member[]>of(
            type.getMethods(),
            type.getFields(),
            type.getDeclaredMethods(),
            type.getDeclaredFields(),
            type.getDeclaredConstructors())
        .flatMap(Stream::of)
        .filter(member -> isShown(member.getModifiers()) && !member.isSynthetic())
        .distinct();
  }

  private static Stream<Type> shownBy(Member member) {
    Stream<Type> own = Stream.of(member.getDeclaringClass());
    if (member instanceof Field field) {
      return Stream.concat(own, Stream.of(field.getGenericType()));
    }
    var executable = (Executable) member;
    Stream<Type> result = executable instanceof Method method
        ? Stream.of(method.getGenericReturnType())
        : Stream.of();
    return Stream.of(
            own,
            result,
            Stream.of(executable.getGenericParameterTypes()),
            Stream.of(executable.getGenericExceptionTypes()),
            bounds(executable))
        .flatMap(types -> types);
  }

  private static Stream<Type> bounds(GenericDeclaration declaration) {
    return Stream.of(declaration.getTypeParameters())
        .flatMap(variable -> Stream.of(variable.getBounds()));
  }

  private static Stream<String> unnameable(String where, Stream<Type> types) {
    return types
        .flatMap(PublicFaceTest::classesIn)
        .filter(type -> !isNameable(type))
        .map(type -> where + " shows " + type.getName());
  }

  /** The classes in a type; the bounds of a type variable are looked at where it is declared. */
  private static Stream<Class<?>> classesIn(Type type) {
    if (type instanceof Class<?> plain) {
      return Stream.of(plain);
    }
    if (type instanceof ParameterizedType generic) {
      return Stream.concat(
          classesIn(generic.getRawType()),
          Stream.of(generic.getActualTypeArguments()).flatMap(PublicFaceTest::classesIn));
    }
    if (type instanceof WildcardType wildcard) {
      return Stream.of(wildcard.getUpperBounds(), wildcard.getLowerBounds())
          .flatMap(Stream::of)
          .flatMap(PublicFaceTest::classesIn);
    }
    if (type instanceof GenericArrayType array) {
      return classesIn(array.getGenericComponentType());
    }
    assertThat(type).isInstanceOf(TypeVariable.class);
    return Stream.of();
  }

  // ---- offenders

  static class Hidden extends Exception {
    private static final long serialVersionUID = 1L;

    public void member() {}
  }

  public abstract static class InResult {
    public abstract Hidden[] result();
  }

  public abstract static class InParameter {
    public abstract void method(List<? super Hidden> parameter);
  }

  public abstract static class InConstructor {
    public InConstructor(Hidden parameter) {}
  }

  public abstract static class InField {
    public static final List<Hidden> FIELD = List.of();
  }

  public abstract static class InException {
    public abstract void method() throws Hidden;
  }

  public abstract static class InBound {
    public abstract <T extends Hidden> void method();
  }

  public abstract static class InBoundOfType<T extends Hidden> {}

  public abstract static class InArgument {
    public abstract <T> void method(List<? extends Hidden>[] parameter);
  }

  public abstract static class InSuperclass extends Hidden {
    private static final long serialVersionUID = 1L;
  }

  public abstract static class InArgumentOfInterface implements Callable<Hidden> {}

  interface HiddenInterface {
    default void member() {}
  }

  public abstract static class InInheritedMember implements HiddenInterface {}

  public abstract static class InProtectedMember {
    protected abstract Hidden result();
  }
}
