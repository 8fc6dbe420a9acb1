package constructs.other;

public abstract class Base {
  protected int prot = 7;

  protected static String sprot(int x) {
    return "sp" + x;
  }

  protected String hook(String s) {
    return "base:" + s;
  }

  protected Base() {}

  protected static class Nested {
    protected Nested() {}

    public int v() {
      return 3;
    }
  }
  // returns a package-private type
  public static Hid hid() {
    return new Hid();
  }
}
