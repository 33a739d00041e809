import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPair } from "../../cloud/machines/identity";

/** A folder with a key pair in the files `key` and `key.pub`; removed after the suite that calls this. */
export function keyFiles(): { readonly folder: string; readonly privateKey: string; readonly publicKey: string } {
  const folder = mkdtempSync(join(tmpdir(), "hardway-keys-"));
  const keys = generateKeyPair("test");
  writeFileSync(join(folder, "key"), keys.privateKey);
  writeFileSync(join(folder, "key.pub"), keys.publicKey);
  after(() => rmSync(folder, { recursive: true }));
  return { folder, ...keys };
}
