package dev.asyncawait.conformance.corpus;

/** The named errors that programs raise. */
final class ProgramException extends RuntimeException {

  private static final long serialVersionUID = 1;

  ProgramException(String name) {
    super(name);
  }
}
