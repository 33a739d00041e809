import { expect } from "chai";
import { createServer } from "node:net";
import { PassThrough } from "node:stream";
import { join } from "node:path";
import { attach } from "../../../cli/commands/console";
import { failureOf, temporaryFolder } from "../support";

describe("console", () => {
  const folder = temporaryFolder();

  it("passes everything both ways until Ctrl-]", async () => {
    const socket = join(folder(), "console");
    let received = "";
    const server = createServer((connection) => {
      connection.write("login: ");
      connection.on("data", (data) => (received += data.toString("latin1")));
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const input = new PassThrough();
    const output = new PassThrough();
    const remarks = new PassThrough();
    const ended = attach(socket, "node-0", { input: input as never, output, remarks });
    await new Promise((resolve) => output.once("data", resolve));
    // Ctrl-C is the machine's, and what follows the leaving key is nobody's.
    input.write(Buffer.from("root\r\u0003\u001dnever"));
    expect(await ended).to.equal(0);
    await new Promise((resolve) => server.close(resolve));
    expect(String(remarks.read())).to.equal(
      "Console of node-0; Ctrl-] leaves, Enter shows a prompt.\n\nLeft the console.\n",
    );
    expect(received).to.equal("root\r\u0003");
  });

  it("says when nothing answers", async () => {
    const error = await failureOf(() =>
      attach(join(folder(), "nothing"), "node-0", {
        input: new PassThrough() as never,
        output: new PassThrough(),
        remarks: new PassThrough(),
      }),
    );
    expect(error.message).to.contain("The console of node-0 does not answer").and.contain("ENOENT");
  });
});
