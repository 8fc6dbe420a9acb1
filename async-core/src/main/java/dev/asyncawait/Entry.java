package dev.asyncawait;

/** One turn of a loop, waiting in its ready queue: a task that goes on, or a callback. */
sealed interface Entry permits Task, Callback {}
