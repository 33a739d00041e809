import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { Clients } from "../../../providers/aws/clients";
import { settings } from "../../../providers/aws/config";
import { patientRetries } from "../../../providers/aws/retries";
import { failureOf } from "../pluginProcess";
import { configOf } from "./server";

const refusal =
  "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors></Response>";

describe("the aws plugin's requests that come too fast", () => {
  let server: Server;
  let seen: string[];
  let accepts: (count: number) => boolean;

  beforeEach((done) => {
    seen = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        seen.push(new URLSearchParams(Buffer.concat(chunks).toString()).get("ClientToken") ?? "");
        if (!accepts(seen.length)) return response.writeHead(503).end(refusal);
        const id = `i-${String(seen.length).padStart(17, "0")}`;
        response.end(
          `<RunInstancesResponse><instancesSet><item><instanceId>${id}</instanceId></item></instancesSet></RunInstancesResponse>`,
        );
      });
    }).listen(0, "127.0.0.1", done);
  });
  afterEach((done) => {
    server.close(done);
    server.closeAllConnections();
  });

  const clients = (firstPause: number) => {
    const { port } = server.address() as AddressInfo;
    const config = configOf({ url: `http://127.0.0.1:${port}`, region: "us-east-1" });
    return new Clients(settings(config) ?? expect.fail("no settings"), patientRetries(firstPause));
  };
  const launch = (from: Clients, signal = new AbortController().signal) =>
    from.ec2("us-east-1", signal).send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ImageId: "ami-1" }));

  it("launch all of 51 machines, although EC2 takes a burst of 5 and then one now and then", async () => {
    accepts = (count) => count <= 5 || count % 10 === 0;
    const all = clients(1);
    const made = await Promise.all(Array.from({ length: 51 }, () => launch(all)));
    expect(new Set(made.map(({ Instances }) => Instances?.[0]?.InstanceId)).size).to.equal(51);
    // A request that is sent again is the same to EC2, so that it can never launch two machines.
    expect(new Set(seen).size).to.equal(51);
  });

  it("are given up after a time, with AWS's code", async () => {
    accepts = () => false;
    expect(await failureOf(launch(clients(0.1)))).to.equal(
      "RunInstances: RequestLimitExceeded: Request limit exceeded.",
    );
    expect(seen).to.have.length.above(40);
  });

  it("end their pause when the operation is cancelled", async () => {
    accepts = () => false;
    const stop = new AbortController();
    const ended = failureOf(launch(clients(3000), stop.signal));
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error("cancelled"));
    expect(await ended).to.equal("cancelled");
  });
});
