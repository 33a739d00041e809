import type { Server } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { callControl, serveControl, type ControlMethods } from "../../../cloud/daemon/control";
import { temporaryFolder } from "../../cli/support";
import { failureOf } from "../../providers/pluginProcess";

describe("the daemon's control socket", () => {
  const folder = temporaryFolder();
  const path = () => join(folder(), "control.sock");
  let server: Server | undefined;
  afterEach(() => server?.close());

  const serve = async (status: () => unknown) => {
    server = await serveControl(path(), { status } as unknown as ControlMethods);
  };

  it("gives what is asked for, and why it is refused", async () => {
    await serve(() => ({ url: "http://127.0.0.1:1" }));
    expect(await callControl(path(), "status")).to.deep.equal({ url: "http://127.0.0.1:1" });
    expect(await failureOf(callControl(path(), "settings", {}))).to.equal(
      'The embedded EC2 refused settings: unknown method "settings"; there are status',
    );
  });

  it("is not there yet, or not any more", async () => {
    const message = `The embedded EC2 does not answer; it is starting or ending (connect ENOENT ${path()}).`;
    expect(await failureOf(callControl(path(), "status"))).to.equal(message);
  });

  it("is not waited for without end", async () => {
    await serve(() => new Promise(() => {}));
    expect(await failureOf(callControl(path(), "status", undefined, 50))).to.equal(
      "The embedded EC2 did not answer within 0.05 s.",
    );
  });
});
