import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { AccessKey } from "../api/Ec2Api";
import { writeFileAtomically } from "../machines/files";

/** As AWS has them: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html. */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const schema = z.strictObject({
  accessKeyId: z.string().regex(/^HARDWAY[A-Z2-7]{16}$/),
  secretAccessKey: z.string().regex(/^[A-Za-z0-9+/]{40}$/),
});

/** The access key in `file`; undefined when the file is lost or damaged. */
export async function readAccessKey(file: string): Promise<AccessKey | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * The same, made at random and written to `file` where there is none. Its folder keeps other users out.
 * @throws Error that names the file when it cannot be written
 */
export async function ensureAccessKey(file: string, log: (line: string) => void): Promise<AccessKey> {
  const known = await readAccessKey(file);
  if (known !== undefined) return known;
  const letters = Array.from(randomBytes(16), (byte) => alphabet[byte % alphabet.length]);
  const made = {
    accessKeyId: `HARDWAY${letters.join("")}`,
    secretAccessKey: randomBytes(30).toString("base64"),
  };
  await writeFileAtomically(file, JSON.stringify(made));
  log(`a new access key is in ${file}`);
  return made;
}
