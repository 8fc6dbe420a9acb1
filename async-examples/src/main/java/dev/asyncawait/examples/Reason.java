package dev.asyncawait.examples;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import javax.net.ssl.SSLException;

/** Why something failed, in words for the user. */
final class Reason {

  private Reason() {}

  static String of(Exception e) {
    Throwable cause = e.getCause();
    if (e instanceof ConnectException) {
      return cause instanceof UnresolvedAddressException ? "unknown host" : "cannot connect";
    }
    if (cause instanceof EOFException || cause instanceof SocketException) {
      return "the server broke off the connection"; // e tells what the parser had read by then
    }
    if (e instanceof SSLException) {
      return "no secure connection (" + e.getMessage() + ")";
    }
    if (e instanceof ProtocolException || e instanceof IllegalArgumentException) {
      return "the server's answer is not HTTP (" + e.getMessage() + ")";
    }
    if (e instanceof FileSystemException fromDisk) {
      return fromDisk.getFile() + ": " + ofDisk(fromDisk);
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private static String ofDisk(FileSystemException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "a file of this name is there already";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    return e.getReason() == null ? e.toString() : e.getReason();
  }
}
