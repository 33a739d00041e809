import http from "node:http";
import { EC2 } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { answerTo, post, signedHeaders, testKey, type Signing } from "../../support/signing";
import { codeOf, refused, TestCloud } from "./support";

const body = "Action=CreateVpc&CidrBlock=10.66.0.0%2F16";
const minutes = (count: number) => new Date(Date.now() + count * 60_000);

/** Every user of this computer reaches the server, and only one has the key. */
describe("EC2 API: signatures", () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
  });
  after(() => cloud.end());

  const vpcs = async () => (await cloud.ec2.describeVpcs()).Vpcs?.length;

  /** Sends what was signed, changed on its way. */
  async function sendChanged(
    change: (request: { url: string; body: string; headers: Headers }) => void,
    signing?: Signing,
  ) {
    const url = `${cloud.url}/`;
    const request = { url, body, headers: new Headers(await signedHeaders(url, body, signing)) };
    request.headers.delete("host");
    change(request);
    return answerTo(fetch(request.url, { method: "POST", body: request.body, headers: request.headers }));
  }

  /** Sends a request with these headers and no others. */
  const send = (headers: http.OutgoingHttpHeaders, path = "/") =>
    new Promise<{ status: number | undefined; code: string | undefined }>((resolve, reject) => {
      const { hostname: host, port } = new URL(cloud.url);
      const request = http.request({ host, port, path, method: "POST", headers }, (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => resolve({ status: answer.statusCode, code: /<Code>(.*)<\/Code>/.exec(text)?.[1] }));
      });
      request.on("error", reject);
      request.end(body);
    });

  const edit = (headers: Headers, pattern: RegExp | string, by: string) => {
    const before = headers.get("authorization") ?? "";
    expect(before).to.match(new RegExp(pattern));
    headers.set("authorization", before.replace(pattern, by));
  };

  const wrong: readonly [what: string, signing: Signing, code: string, status: number][] = [
    ["another secret", { key: { ...testKey, secretAccessKey: "guessed" } }, "SignatureDoesNotMatch", 403],
    ["another key", { key: { accessKeyId: "any", secretAccessKey: "any" } }, "AuthFailure", 401],
    ["another service", { service: "s3" }, "SignatureDoesNotMatch", 403],
    ["another region", { region: "eu-west-1" }, "SignatureDoesNotMatch", 403],
    ["an old date", { date: minutes(-16) }, "RequestExpired", 400],
    ["a date to come", { date: minutes(60) }, "RequestExpired", 400],
  ];
  for (const [what, signing, code, status] of wrong)
    it(`with ${what} are refused`, async () => {
      const answer = await post(cloud.url, body, signing);
      expect([answer.code, answer.status], answer.text).to.deep.equal([code, status]);
      expect(answer.text)
        .to.match(/^<\?xml .*\n<Response><Errors><Error><Code>/)
        .and.not.to.contain(testKey.secretAccessKey);
      expect(await vpcs()).to.equal(0);
    });

  const changes: readonly [what: string, change: Parameters<typeof sendChanged>[0], code?: string][] = [
    ["body", (request) => (request.body = body.replace("66", "67"))],
    ["query", (request) => (request.url += "?CidrBlock=10.67.0.0%2F16")],
    ["path", (request) => (request.url += "other")],
    ["signed header", ({ headers }) => headers.set("x-thing", "other")],
    [
      "digest of the body",
      (request) => {
        request.body += "0";
        request.headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
      },
    ],
    [
      "time",
      ({ headers }) =>
        headers.set(
          "x-amz-date",
          minutes(-1)
            .toISOString()
            .replace(/[-:]|\.\d+/g, ""),
        ),
    ],
    ["form of the time", ({ headers }) => headers.set("x-amz-date", new Date().toUTCString()), "IncompleteSignature"],
    ["time, taken away", ({ headers }) => headers.delete("x-amz-date"), "IncompleteSignature"],
    ["day of the credential", ({ headers }) => edit(headers, /\/\d{8}\//, "/20200101/")],
    ["end of the credential", ({ headers }) => edit(headers, "aws4_request", "aws5_request"), "IncompleteSignature"],
    ["service", ({ headers }) => edit(headers, "/ec2/", "/sts/")],
    ["signature", ({ headers }) => edit(headers, /Signature=.*/, `Signature=${"0".repeat(64)}`)],
    ["length of the signature", ({ headers }) => edit(headers, /Signature=.*/, "Signature=00"), "IncompleteSignature"],
    ["list of headers", ({ headers }) => edit(headers, ";x-thing", "")],
    ["list of headers, without the host", ({ headers }) => edit(headers, "host;", "")],
    ["list of headers, without the time", ({ headers }) => edit(headers, "x-amz-date;", "")],
    ["headers: a new one of AWS's", ({ headers }) => headers.set("x-amz-target", "x")],
  ];
  for (const [what, change, code = "SignatureDoesNotMatch"] of changes)
    it(`do not hold for another ${what}`, async () => {
      const answer = await sendChanged(change, { headers: { "x-thing": "one" } });
      expect(answer.code, answer.text).to.equal(code);
      expect(await vpcs()).to.equal(0);
    });

  it("of a request that was changed in nothing hold, whatever is in it", async () => {
    const answer = await sendChanged(({ headers }) => headers.set("x-unsigned", "two"), {
      headers: { "x-thing": "  one   and\ttwo ", "x-amz-target": "" },
    });
    expect(answer.status, answer.text).to.equal(200);
    const { Vpcs: [made] = [] } = await cloud.ec2.describeVpcs();
    await cloud.ec2.deleteVpc({ VpcId: made?.VpcId });
    const url = `${cloud.url}/a%20b/../c?Action=DescribeVpcs&Filter.1.Name=tag:%C3%BC%20%2B*&Filter.1.Value.1=&a=2&a=1&__proto__=`;
    const other = await post(url, "");
    expect(other.code, other.text).to.equal("UnknownParameter");
  });

  it("that are missing or of another kind are refused before the request is looked at", async () => {
    const { host } = new URL(cloud.url);
    const old = { authorization: "AWS AKIA:c2lnbmF0dXJl" };
    const asymmetric = { authorization: "AWS4-ECDSA-P256-SHA256 Credential=a/20200101/ec2/aws4_request" };
    for (const [headers, path, code, status] of [
      [{}, "/", "MissingAuthenticationToken", 403],
      [{}, "/?Action=DescribeVpcs&Signature=x&SignatureVersion=2", "AuthFailure", 401],
      [{}, "/?Action=DescribeVpcs&X-Amz-Signature=x", "AuthFailure", 401],
      [{ authorization: "Basic YTpi" }, "/", "AuthFailure", 401],
      [old, "/", "AuthFailure", 401],
      [asymmetric, "/", "AuthFailure", 401],
      [{ authorization: "AWS4-HMAC-SHA256 Credential=any" }, "/", "IncompleteSignature", 400],
    ] as const)
      expect(await send({ host, ...headers }, path), `${path} ${JSON.stringify(headers)}`).to.deep.equal({
        code,
        status,
      });
    expect(await vpcs()).to.equal(0);
  });

  it("of the SDK hold, also with a session token, and wrong ones have AWS's codes", async () => {
    const as = (credentials: typeof testKey & { sessionToken?: string }) =>
      new EC2({ region: "us-east-1", endpoint: cloud.url, credentials, maxAttempts: 1 });
    const [good, other, guess] = [
      as({ ...testKey, sessionToken: "whatever" }),
      as({ accessKeyId: "any", secretAccessKey: "any" }),
      as({ ...testKey, secretAccessKey: "guess" }),
    ];
    expect((await good.describeVpcs()).Vpcs).to.deep.equal([]);
    expect(await refused(other.describeVpcs())).to.deep.include({ code: "AuthFailure", status: 401 });
    expect((await refused(other.describeVpcs())).message).to.contain("./hardway env");
    expect(await codeOf(guess.describeVpcs())).to.equal("SignatureDoesNotMatch");
    for (const client of [good, other, guess]) client.destroy();
  });

  it("for STS are those of the service sts, refused in its form", async () => {
    const action = "Action=GetCallerIdentity&Version=2011-06-15";
    const sts = { service: "sts" };
    expect((await post(cloud.url, action, sts)).text).to.contain("<Account>000000000000</Account>");
    expect((await post(cloud.url, action)).code, "signed for EC2").to.equal("InvalidAction");
    expect((await post(cloud.url, body, sts)).code, "an action of EC2").to.equal("InvalidAction");
    const cases: readonly [Signing, string, number][] = [
      [{ key: { accessKeyId: "any", secretAccessKey: "any" } }, "InvalidClientTokenId", 403],
      [{ key: { ...testKey, secretAccessKey: "guess" } }, "SignatureDoesNotMatch", 403],
      [{ date: minutes(-16) }, "SignatureDoesNotMatch", 403],
    ];
    for (const [signing, code, status] of cases) {
      const answer = await post(cloud.url, action, { ...sts, ...signing });
      expect([answer.code, answer.status]).to.deep.equal([code, status]);
      expect(answer.text).to.match(
        /^<\?xml .*\n<ErrorResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/">/,
      );
    }
    const client = new STSClient({
      ...{ region: "us-east-1", endpoint: cloud.url, maxAttempts: 1 },
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
    });
    const error = await client.send(new GetCallerIdentityCommand()).catch((reason: unknown) => reason);
    client.destroy();
    expect(error).to.have.property("name", "InvalidClientTokenId");
    expect(await vpcs()).to.equal(0);
  });
});
