import { expect } from "chai";
import { callerCidr } from "../../../components/network/callerCidr";

describe("callerCidr", () => {
  const original = globalThis.fetch;
  afterEach(() => (globalThis.fetch = original));

  let asked: { url: unknown; signal: unknown } | undefined;
  const answer = (respond: () => Response | Promise<Response>) => {
    globalThis.fetch = (url, options) => {
      asked = { url, signal: options?.signal };
      return Promise.resolve().then(respond);
    };
  };
  const failure = () =>
    callerCidr().then(
      (cidr) => expect.fail(cidr),
      (error: unknown) => error as Error,
    );

  it("is the address that the service saw, asked over https and with a time limit", async () => {
    answer(() => new Response("192.0.2.7\n"));
    expect(await callerCidr()).to.equal("192.0.2.7/32");
    expect(asked?.url).to.equal("https://checkip.amazonaws.com/");
    expect(asked?.signal).to.be.instanceOf(AbortSignal);
  });

  const advice = 'Set adminCidrs to the networks that may log in, e.g. ["192.0.2.7/32"].';
  const failures: [string, () => Response | Promise<Response>, string][] = [
    ["answers something else", () => new Response("<html>blocked</html>"), 'it answered "<html>blocked</html>"'],
    ["knows only an IPv6 address", () => new Response("2001:db8::1\n"), 'it answered "2001:db8::1"'],
    ["refuses", () => new Response("", { status: 503 }), "HTTP status 503"],
    [
      "is not reached",
      () => Promise.reject(new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND") })),
      "fetch failed (getaddrinfo ENOTFOUND)",
    ],
  ];
  for (const [title, respond, reason] of failures) {
    it(`says what to set when the service ${title}`, async () => {
      answer(respond);
      const { message } = await failure();
      expect(message).to.contain(`could not tell it: ${reason}. `).and.contain(advice);
    });
  }
});
