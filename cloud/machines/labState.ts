import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileAtomically } from "./files";

const spec = z.object({
  name: z.string(),
  address: z.string(),
  prefixLength: z.number(),
  memoryMiB: z.number(),
  cores: z.number(),
  diskGiB: z.number(),
});

const machine = z.object({
  spec,
  /** 32 hex digits; made once, so that a machine of an old name is still a new machine. */
  id: z.string(),
  /** Public host key, one line. */
  hostKey: z.string(),
  /** The base disk that its own disk builds on, with kernel and initial RAM disk. */
  base: z.object({ disk: z.string(), kernel: z.string(), initrd: z.string() }),
});

const schema = z.object({
  version: z.literal(1),
  /** N of the lab's loopback network 127.77.N.0/24. */
  index: z.number(),
  /** Public key of the lab's user. */
  userKey: z.string(),
  machines: z.array(machine),
});

/** What is remembered of a lab between commands. Whether a machine runs is never remembered; it is looked up. */
export type LabState = z.infer<typeof schema>;
export type MachineRecord = z.infer<typeof machine>;

/**
 * Reads a lab's state; undefined when there is no lab.
 * @throws when the file is not what this version writes.
 */
export async function readLabState(file: string): Promise<LabState | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${file} is not a lab's state of this version of hardway: ${problem}`, { cause: error });
  }
}

export async function writeLabState(file: string, state: LabState): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify(state, null, 2)}\n`);
}
