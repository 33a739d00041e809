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
        "prints. Include it, or leave out what needs it too. In a test its mock has to print something, as hardwayMocks of " +
        "hardway/testing does",
    );
  return stdout;
}

/**
 * The facts in what a step printed: the JSON on the last line.
 *
 * @throws pulumi.RunError where there are none, as from a mock that prints nothing
 */
export function parseFacts(name: string, stdout: string): object {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  const facts = parsed(line);
  if (typeof facts !== "object" || facts === null)
    throw shownError(
      `${name} printed no facts: the last line of its output must be an object in JSON, and ` +
        (line === "" ? "there is no output" : `is ${JSON.stringify(line.slice(0, 80))}`) +
        ". In a test its mock has to print them, as hardwayMocks of hardway/testing does",
    );
  return facts;
}

/** What the text says in JSON; undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
