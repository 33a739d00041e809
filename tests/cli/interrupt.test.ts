import { EventEmitter } from "node:events";
import { expect } from "chai";
import { Interrupt } from "../../cli/interrupt";

describe("an interrupt", () => {
  it("asks to end well at the first signal and at once at the second, and leaves signals to others once it is released", () => {
    const signals = new EventEmitter();
    const said: string[] = [];
    const interrupt = new Interrupt((text) => said.push(text.split(/[:;]/)[0]!), signals);
    interrupt.onHarder(() => said.push("harder"));
    signals.emit("SIGTERM");
    expect(interrupt.signal.aborted).to.equal(true);
    signals.emit("SIGINT");
    expect(said).to.deep.equal(["Interrupted", "Ending at once", "harder"]);
    interrupt.release();
    expect(signals.eventNames()).to.deep.equal([]);
  });
});
