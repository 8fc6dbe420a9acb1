package constructs.other;

class Hid {
  @Override
  public String toString() {
    return "hid";
  }
}
