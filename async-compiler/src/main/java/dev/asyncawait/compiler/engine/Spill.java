package dev.asyncawait.compiler.engine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.objectweb.asm.Opcodes;

/**
 * A value of a body that is suspended: a local variable, or what is on the operand stack.
 *
 * @param kind the letter of the field's type: {@code A}, {@code I}, {@code J}, {@code F} or {@code D}
 * @param slot the local variable; -1 if it is on the operand stack
 * @param type as in stack map frames
 * @param field the number of the field that keeps it; -1 if nobody will read it, or it is null
 */
record Spill(char kind, int slot, Object type, int field) {

  static final String OBJECT = "java/lang/Object";

  private static final String KINDS = "IJFDA";

  /** What to keep at one place; {@code live} tells which variables. The fields are shared among the places. */
  static List<Spill> at(List<Object> locals, List<Object> stack, BitSet live) {
    List<Spill> spills = new ArrayList<>();
    Map<Character, Integer> fields = new HashMap<>();
    for (int slot = 0; slot < locals.size(); slot++) {
      if (locals.get(slot) != Opcodes.TOP) {
        spills.add(of(slot, locals.get(slot), live.get(slot), fields));
      }
    }
    for (Object type : stack) {
      if (type != Opcodes.TOP) {
        spills.add(of(-1, type, true, fields));
      }
    }
    return spills;
  }

  private static Spill of(int slot, Object type, boolean live, Map<Character, Integer> fields) {
    char kind = kind(type);
    if (!live || type == Opcodes.NULL) {
      return new Spill(kind, slot, type, -1);
    }
    int field = fields.getOrDefault(kind, 0);
    fields.put(kind, field + 1);
    return new Spill(kind, slot, type, field);
  }

  private static char kind(Object type) {
    if (type == Opcodes.INTEGER) {
      return 'I';
    }
    if (type == Opcodes.LONG) {
      return 'J';
    }
    if (type == Opcodes.FLOAT) {
      return 'F';
    }
    return type == Opcodes.DOUBLE ? 'D' : 'A';
  }

  boolean isOnStack() {
    return slot < 0;
  }

  boolean isKept() {
    return field >= 0;
  }

  boolean isReference() {
    return kind == 'A';
  }

  boolean isWide() {
    return kind == 'J' || kind == 'D';
  }

  String fieldName() {
    return fieldName(kind, field);
  }

  static String fieldName(char kind, int field) {
    return Character.toLowerCase(kind) + Integer.toString(field);
  }

  String descriptor() {
    return descriptor(kind);
  }

  static String descriptor(char kind) {
    return kind == 'A' ? "L" + OBJECT + ";" : String.valueOf(kind);
  }

  int loadOpcode() {
    return Opcodes.ILOAD + KINDS.indexOf(kind);
  }

  int storeOpcode() {
    return Opcodes.ISTORE + KINDS.indexOf(kind);
  }

  /** Pushes what a variable has that nobody will read. */
  int nothingOpcode() {
    return switch (kind) {
      case 'I' -> Opcodes.ICONST_0;
      case 'J' -> Opcodes.LCONST_0;
      case 'F' -> Opcodes.FCONST_0;
      case 'D' -> Opcodes.DCONST_0;
      default -> Opcodes.ACONST_NULL;
    };
  }
}
