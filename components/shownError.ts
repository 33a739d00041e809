import * as pulumi from "@pulumi/pulumi";

/** An error for the user of the program: the engine shows its text and no stack trace. */
export function shownError(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  // The runtime inspects what is thrown, and resolving the stack's source maps takes it many seconds.
  error.stack = message;
  return error;
}

/** @throws pulumi.RunError with the problem, if there is one */
export function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw shownError(problem);
}
