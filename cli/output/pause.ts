import { ask } from "./ask";

/** Waits for the Enter key, on a terminal only and not with --yes or --json. */
export async function pause({ yes, json }: { yes?: boolean; json?: boolean }, text: string): Promise<void> {
  if (yes === true || json === true || !process.stdin.isTTY) return;
  await ask(text);
}
