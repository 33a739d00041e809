import { shownError } from "../shownError";

/**
 * What a command resource printed.
 *
 * @throws pulumi.RunError for one that was never made, because an update left it out: then it has no outputs.
 */
export function commandOutput(name: string, stdout: string | undefined): string {
  if (stdout === undefined)
    throw shownError(
      `${name} has never been made and this update leaves it out (--target, --exclude), but something else needs what it ` +
        "prints. Include it, or leave out what needs it too",
    );
  return stdout;
}
