import { expect } from "chai";
import fc from "fast-check";
import { encodeFrame, FrameDecoder, maxFrameBytes } from "../../../cloud/fabric/frames";

describe("frames", () => {
  it("puts the length before a frame, 4 bytes, big-endian", () => {
    expect(encodeFrame(Buffer.from("abc")).toString("hex")).to.equal("00000003616263");
  });

  it("finds the same frames however the stream is cut", () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 });
    const cuts = fc.array(fc.nat(600), { maxLength: 20 });
    fc.assert(
      fc.property(frames, cuts, (sent, at) => {
        const stream = Buffer.concat(sent.map((frame) => encodeFrame(Buffer.from(frame))));
        const points = [0, ...at.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
        const decoder = new FrameDecoder();
        const received = points.slice(1).flatMap((end, i) => decoder.push(stream.subarray(points[i], end)));
        expect(received.map((frame) => frame.toString("hex"))).to.deep.equal(
          sent.map((frame) => Buffer.from(frame).toString("hex")),
        );
      }),
    );
  });

  it("gives up on a length that no frame has", () => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(maxFrameBytes + 1);
    expect(() => new FrameDecoder().push(length)).to.throw(`A frame of ${maxFrameBytes + 1} bytes was announced`);
  });
});
