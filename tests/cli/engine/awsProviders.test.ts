import { expect } from "chai";
import { movedProviders, withProviders } from "../../../cli/engine/awsProviders";
import { failureOf } from "../support";

const mark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
const secret = (value: string) => ({ ...mark, plaintext: JSON.stringify(value) });
const [before, now] = ["http://127.77.0.1:4566", "http://127.77.0.1:4570"];

function provider(endpoints: unknown, urn = "urn:aws") {
  const inputs = { endpoints, region: "us-east-1" };
  return { urn, type: "pulumi:providers:aws", inputs, outputs: { ...inputs } };
}
const other = { urn: "urn:vpc", type: "aws:ec2/vpc:Vpc", inputs: { endpoints: before } };
const text = (url: string) => JSON.stringify([{ ec2: url, sts: url }, { s3: "https://s3.example.com" }]);
const changes = (endpoints: unknown, place: Parameters<typeof movedProviders>[1]) =>
  Object.fromEntries(movedProviders({ resources: [other, provider(endpoints)] }, place, "two"));

describe("the settings of the aws plugin in a stack's state", () => {
  it("are left alone where they are those of now", () => {
    expect(changes(text(before), { endpoint: before })).to.deep.equal({});
  });

  it("get the new place for every service that was on this computer, and no other", () => {
    expect(changes(text(before), { endpoint: now })).to.deep.equal({ "urn:aws": { endpoints: text(now) } });
    expect(changes([{ ec2: before }], { endpoint: now }), "as a list").to.deep.equal({
      "urn:aws": { endpoints: JSON.stringify([{ ec2: now }]) },
    });
  });

  it("lose keys and all else that would come before the environment's, on this computer alone", () => {
    const withKeys = (url: string) => {
      const { inputs, ...resource } = provider(text(url));
      const settings = {
        ...inputs,
        accessKey: secret("any"),
        secretKey: secret("any"),
        profile: "p",
        token: secret("t"),
      };
      return { ...resource, inputs: settings, outputs: settings };
    };
    const deployment = { resources: [withKeys(before)] };
    const moved = movedProviders(deployment, { endpoint: before }, "two");
    expect(withProviders(deployment, moved)).to.deep.equal({ resources: [provider(text(before))] });
    const onAws = { resources: [withKeys("https://ec2.example.com")] };
    expect(movedProviders(onAws, { endpoint: "https://ec2.example.com" }, "two").size).to.equal(0);
  });

  it("are written into inputs and outputs alike, and everything else stays", () => {
    const deployment = { resources: [other, provider(text(before)), provider(text(before), "urn:second")] };
    const moved = movedProviders(deployment, { endpoint: now }, "two");
    expect(withProviders(deployment, moved)).to.deep.equal({
      resources: [other, provider(text(now)), provider(text(now), "urn:second")],
    });
  });

  const elsewhere: [was: string, endpoints: unknown, place: { endpoint?: string }, said: string][] = [
    ["here", text(before), {}, "was made on the embedded EC2, and by its stack file it is not"],
    ["here", text(before), { endpoint: "https://ec2.example.com" }, "was made on the embedded EC2"],
    ["on AWS", undefined, { endpoint: now }, "was made on AWS, and by its stack file it is on the embedded EC2"],
    ["elsewhere", text("https://ec2.example.com"), { endpoint: now }, "was made on AWS"],
  ];
  for (const [was, endpoints, place, said] of elsewhere)
    it(`are not changed from ${was} to ${place.endpoint ?? "AWS"}: what was made there would count as gone`, async () => {
      const error = await failureOf(() => changes(endpoints, place));
      expect(error).to.have.property("exitCode", 78);
      expect(error.message).to.contain(`Lab "two" ${said}`);
    });

  it("are none for a stack on hosts", () => {
    expect(movedProviders({ resources: [other] }, {}, "two").size).to.equal(0);
    expect(movedProviders({}, {}, "two").size).to.equal(0);
  });
});
