/** Ethernet frames as they travel between QEMU and the fabric: each after its length in 4 bytes, big-endian (QEMU's net/stream.c). */

export const lengthBytes = 4;

/** Longest frame that QEMU sends or takes: its buffer for a network packet (NET_BUFSIZE). */
export const maxFrameBytes = 4096 + 65536;

/** Gets a frame as it lies in `bytes`, which are only lent to it. */
export type FrameSink = (bytes: Buffer, start: number, end: number) => void;

/** Cuts a stream of bytes into frames, however the bytes are split into chunks. Whole frames of a chunk are not copied. */
export class FrameDecoder {
  /** The beginning of a frame whose end has not come yet, with its length before it. */
  private partial = Buffer.alloc(0);
  private partialBytes = 0;

  /**
   * Takes the next bytes and gives each frame that is complete to `sink`.
   * @throws when a length is impossible: the stream is out of step and nothing after it can be understood.
   */
  decode(chunk: Buffer, sink: FrameSink): void {
    let offset = 0;
    if (this.partialBytes > 0) {
      offset = this.fill(chunk, 0, lengthBytes);
      if (this.partialBytes < lengthBytes) return;
      const whole = lengthBytes + frameLength(this.partial, 0);
      offset = this.fill(chunk, offset, whole);
      if (this.partialBytes < whole) return;
      this.partialBytes = 0;
      sink(this.partial, lengthBytes, whole);
    }
    while (chunk.length - offset >= lengthBytes) {
      const start = offset + lengthBytes;
      const end = start + frameLength(chunk, offset);
      if (end > chunk.length) break;
      sink(chunk, start, end);
      offset = end;
    }
    this.fill(chunk, offset, chunk.length - offset);
  }

  /** Appends bytes of `chunk` from `offset` until `partial` holds `wanted` of them. Gives the offset after them. */
  private fill(chunk: Buffer, offset: number, wanted: number): number {
    const end = Math.min(chunk.length, offset + wanted - this.partialBytes);
    if (end <= offset) return offset;
    if (this.partial.length < wanted) {
      const grown = Buffer.allocUnsafe(Math.max(wanted, 2 * this.partial.length));
      this.partial.copy(grown, 0, 0, this.partialBytes);
      this.partial = grown;
    }
    chunk.copy(this.partial, this.partialBytes, offset, end);
    this.partialBytes += end - offset;
    return end;
  }
}

function frameLength(bytes: Buffer, offset: number): number {
  const length = bytes.readUInt32BE(offset);
  if (length > maxFrameBytes)
    throw new Error(`A frame of ${length} bytes was announced; the longest has ${maxFrameBytes}.`);
  return length;
}
