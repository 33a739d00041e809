import http from "node:http";
import { expect } from "chai";
import { signedHeaders } from "../../support/signing";
import { TestCloud } from "./support";

/** A browser on this computer reaches the server, and so does every page that it shows. */
describe("EC2 API: web pages", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.end());

  /** Signed as by somebody who has the key, so that nothing else keeps the request out. */
  const send = async (headers: Record<string, string>, { method = "POST", path = "/" } = {}) => {
    const body = method === "POST" ? "Action=CreateVpc&CidrBlock=10.66.0.0/16" : "";
    const signed = await signedHeaders(`${cloud.url}${path}`, body, { method, headers });
    return new Promise<{ status: number | undefined; code: string | undefined }>((resolve, reject) => {
      const { hostname: host, port } = new URL(cloud.url);
      const request = http.request({ host, port, method, path, headers: signed }, (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => resolve({ status: answer.statusCode, code: /<Code>(.*)<\/Code>/.exec(text)?.[1] }));
      });
      request.on("error", reject);
      request.end(body);
    });
  };
  const vpcs = async () => (await cloud.ec2.describeVpcs()).Vpcs?.length;

  it("whose name leads to this computer are not answered", async () => {
    for (const host of [
      "evil.example:4566",
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "127.evil.example:80",
      "evil.example:4566:127.0.0.1",
      "user@127.0.0.1",
      "0.0.0.0:4566",
      "10.0.0.1",
      "[::2]",
      "[::ffff:127.0.0.1]",
      "2130706433",
    ]) {
      expect(await send({ host }), host).to.deep.equal({ status: 403, code: "UnauthorizedOperation" });
    }
    expect(await vpcs()).to.equal(0);
    for (const host of ["127.0.0.1", "127.77.0.1:4566", "localhost:1", "LocalHost", "[::1]:4566"]) {
      expect((await send({ host })).status, host).to.equal(200);
    }
  });

  it("of another site are not answered", async () => {
    const refused = { status: 403, code: "UnauthorizedOperation" };
    for (const origin of ["http://example.com", "null"]) expect(await send({ origin })).to.deep.equal(refused);
    for (const site of ["cross-site", "same-site", "anything"]) {
      expect(await send({ "sec-fetch-site": site }), site).to.deep.equal(refused);
    }
    expect(await vpcs()).to.equal(0);
  });

  it("cannot change anything by a link or a picture", async () => {
    const path = "/?Action=CreateVpc&CidrBlock=10.66.0.0/16";
    for (const method of ["GET", "HEAD", "PUT", "OPTIONS", "DELETE"]) {
      expect((await send({}, { method, path })).status, method).to.equal(405);
    }
    expect(await vpcs()).to.equal(0);
  });
});
