/** Quotes text for a POSIX shell: everything between single quotes is literal (XCU 2.2.2). */
export function shellQuote(text: string): string {
  if (text.includes("\0")) throw new RangeError("a shell word cannot hold a NUL character");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
