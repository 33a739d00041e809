/** How a lab's commands begin. */
export function hardway(lab: string): string {
  return lab === "dev" ? "./hardway" : `./hardway --lab ${lab}`;
}
