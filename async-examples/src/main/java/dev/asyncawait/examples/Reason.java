package dev.asyncawait.examples;

import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;

/** Why a request failed, in words for the user. */
final class Reason {

  private Reason() {}

  static String of(Exception e) {
    if (e instanceof ConnectException) { // its own message is null
      return e.getCause() instanceof UnresolvedAddressException ? "unknown host" : "cannot connect";
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
