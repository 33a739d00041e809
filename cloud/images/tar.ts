/** One member of a tar archive. All belong to root. */
export type TarEntry =
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly content: Buffer }
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string };

const blockSize = 512;
const typeFlags = { file: "0", symlink: "2", directory: "5" } as const;

/**
 * Writes a POSIX ustar archive (pax(1), "ustar Interchange Format"). The same entries give the same bytes: owner root, time 0,
 * order as given.
 * @throws when a path or link target is longer than its field (100 bytes).
 */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.kind === "file" ? entry.content : Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc(padding(content.length))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(blockSize);
  const text = (value: string, offset: number, length: number): void => {
    if (Buffer.byteLength(value) > length) {
      throw new Error(`A tar archive holds names of up to ${length} bytes; "${value}" is longer.`);
    }
    block.write(value, offset, "utf8");
  };
  const octal = (value: number, offset: number, length: number): void =>
    text(value.toString(8).padStart(length - 1, "0"), offset, length);

  text(entry.kind === "directory" ? `${entry.path}/` : entry.path, 0, 100);
  octal(entry.kind === "symlink" ? 0o777 : entry.mode, 100, 8);
  octal(0, 108, 8); // uid
  octal(0, 116, 8); // gid
  octal(size, 124, 12);
  octal(0, 136, 12); // mtime
  text(typeFlags[entry.kind], 156, 1);
  if (entry.kind === "symlink") text(entry.target, 157, 100);
  text("ustar\u000000", 257, 8);
  text("root", 265, 32);
  text("root", 297, 32);

  // The checksum counts its own field as spaces.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function padding(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
