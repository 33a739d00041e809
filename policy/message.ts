/** What a rule says of a resource, as lines of one text: a reason, what was found, what to do. */
export interface Complaint {
  readonly reason: string;
  readonly found: string;
  readonly remedy: string;
}

/** Without the reason, which @pulumi/policy puts in front. */
export function renderComplaint({ found, remedy }: Omit<Complaint, "reason">): string {
  return `${found}\n${remedy}`;
}

/** A message of the engine's about a broken rule, taken apart. */
export function readComplaint(message: string): Complaint {
  const lines = message.trim().split("\n");
  return { reason: lines[0] ?? "", found: lines.slice(1, -1).join("\n"), remedy: lines.at(-1) ?? "" };
}
