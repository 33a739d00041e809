/**
 * The state of a containerd plugin in `ctr plugins ls`, `ok` when it works: columns type, id, platforms and status.
 * Undefined when it is not listed, e.g. because it is disabled.
 */
export function pluginState(table: string, type: string, id: string): string | undefined {
  const columns = table.split("\n").map((line) => line.trim().split(/\s+/));
  return columns.find((column) => column[0] === type && column[1] === id)?.at(-1);
}
