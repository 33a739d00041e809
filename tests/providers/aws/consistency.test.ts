import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { image, TestCloud } from "../../cloud/api/support";
import { post } from "../../support/signing";
import { TestEngine } from "../engine";
import { lab } from "./lab";
import { configOf } from "./server";

const anyId = /^(?:vpc|subnet|igw|rtb|rtbassoc|sg|sgr|eni|vol|i)-[0-9a-f]{17}$/;

describe("the aws plugin with an EC2 that does not know at once what it has made", function () {
  this.timeout(180_000);
  let cloud: TestCloud;
  let engine: TestEngine;
  let proxy: Server;
  const refused = new Set<string>();

  before(async () => {
    cloud = await TestCloud.start();
    engine = await TestEngine.start();
    proxy = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => void answer(Buffer.concat(chunks).toString()));
      const answer = async (body: string) => {
        const parameters = new URLSearchParams(body);
        const action = parameters.get("Action") ?? "";
        // Each action hears of each thing for the first time. What is looked for by a filter is no error in EC2.
        const named = [...parameters].flatMap(([key, value]) => (key.startsWith("Filter.") ? [] : [value]));
        const unheard = named.filter((value) => anyId.test(value) && !refused.has(action + value));
        for (const id of unheard) refused.add(action + id);
        if (unheard.length > 0) {
          const text = `<Code>InvalidID.NotFound</Code><Message>The ID '${unheard[0]}' does not exist</Message>`;
          return response.writeHead(400).end(`<Response><Errors><Error>${text}</Error></Errors></Response>`);
        }
        const { status, text } = await post(cloud.url, body, {
          service: action === "GetCallerIdentity" ? "sts" : "ec2",
        });
        response.writeHead(status).end(text);
      };
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  });
  after(async () => {
    proxy?.close();
    proxy?.closeAllConnections();
    engine?.stop();
    await cloud?.end();
  });

  it("makes every kind of resource all the same", async () => {
    const stack = await engine.stack("consistency");
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const config = Object.entries(configOf({ url, region: "us-east-1" }));
    await stack.stack.setAllConfig(Object.fromEntries(config.map(([key, value]) => [`aws:${key}`, { value }])));
    const { error, output, operations } = await stack.up(lab({ ami: image }));
    expect(error, output).to.equal(undefined);
    expect(new Set(Object.values(operations))).to.deep.equal(new Set(["create"]));
    expect(cloud.api.instances().map(({ id }) => id)).to.have.length(1);
    expect(refused.size).to.be.above(30);
  });
});
