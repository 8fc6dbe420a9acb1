package dev.asyncawait.compiler.engine;

/** Says why a body is left to run on a thread. */
final class Refusal extends Exception {

  private static final long serialVersionUID = 1L;

  Refusal(String reason) {
    super(reason, null, false, false);
  }
}
