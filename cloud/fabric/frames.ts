/** Ethernet frames as they travel between QEMU and the fabric: each after its length in 4 bytes, big-endian (QEMU's net/stream.c). */

const lengthBytes = 4;
const headerBytes = 14;

/** Longest frame that QEMU sends or takes: its buffer for a network packet (NET_BUFSIZE). */
export const maxFrameBytes = 4096 + 65536;

/** Puts the length before a frame. */
export function encodeFrame(frame: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** Cuts a stream of bytes into frames, however the bytes are split into chunks. */
export class FrameDecoder {
  private rest: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes and gives the frames that are complete.
   * @throws when a length is impossible: the stream is out of step and nothing after it can be understood.
   */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Buffer[] = [];
    let offset = 0;
    while (bytes.length - offset >= lengthBytes) {
      const length = bytes.readUInt32BE(offset);
      if (length > maxFrameBytes)
        throw new Error(`A frame of ${length} bytes was announced; the longest has ${maxFrameBytes}.`);
      if (bytes.length - offset < lengthBytes + length) break;
      frames.push(bytes.subarray(offset + lengthBytes, offset + lengthBytes + length));
      offset += lengthBytes + length;
    }
    this.rest = bytes.subarray(offset);
    return frames;
  }
}

export interface EthernetHeader {
  /** `02:00:00:00:00:01` */
  readonly destination: string;
  readonly source: string;
  readonly etherType: number;
  /** Sent to a group, of which broadcast is one: the lowest bit of the first byte is set (IEEE 802.3, 3.2.3). */
  readonly group: boolean;
}

/** Reads a frame's header; undefined when the frame is too short to have one. */
export function parseEthernet(frame: Buffer): EthernetHeader | undefined {
  if (frame.length < headerBytes) return undefined;
  return {
    destination: mac(frame, 0),
    source: mac(frame, 6),
    etherType: frame.readUInt16BE(12),
    group: (frame[0]! & 1) === 1,
  };
}

function mac(frame: Buffer, offset: number): string {
  return (frame.toString("hex", offset, offset + 6).match(/../g) ?? []).join(":");
}
