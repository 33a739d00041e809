import { expect } from "chai";
import fc from "fast-check";
import { FrameDecoder, maxFrameBytes } from "../../../cloud/fabric/frames";
import { encodeFrame, framesOf } from "./fakeMachine";

describe("frames", () => {
  it("finds the same frames however the stream is cut", () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 });
    const cuts = fc.array(fc.nat(600), { maxLength: 20 });
    fc.assert(
      fc.property(frames, cuts, (sent, at) => {
        const stream = Buffer.concat(sent.map((frame) => encodeFrame(Buffer.from(frame))));
        const points = [0, ...at.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
        const decoder = new FrameDecoder();
        const received = points.slice(1).flatMap((end, i) => framesOf(decoder, stream.subarray(points[i], end)));
        expect(received.map((frame) => frame.toString("hex"))).to.deep.equal(
          sent.map((frame) => Buffer.from(frame).toString("hex")),
        );
      }),
    );
  });

  it("gives up on a length that no frame has", () => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(maxFrameBytes + 1);
    expect(() => framesOf(new FrameDecoder(), length)).to.throw(`A frame of ${maxFrameBytes + 1} bytes was announced`);
  });
});
