import { open } from "node:fs/promises";

/** Where a qcow2 image says that its backing file is; undefined for one without. See QEMU's docs/interop/qcow2.rst, "Header". */
export async function backingFile(file: string): Promise<string | undefined> {
  const handle = await open(file, "r");
  try {
    const header = Buffer.alloc(20);
    await handle.read(header, 0, header.length, 0);
    const [offset, size] = [Number(header.readBigUInt64BE(8)), header.readUInt32BE(16)];
    // The specification's limit of a name is 1023 bytes.
    if (header.toString("latin1", 0, 3) !== "QFI" || offset === 0 || size > 1023) return undefined;
    const name = Buffer.alloc(size);
    await handle.read(name, 0, size, offset);
    return name.toString("utf8");
  } finally {
    await handle.close();
  }
}
