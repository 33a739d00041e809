import { expect } from "chai";
import { isLoopback } from "../../../cli/settings/loopback";

const table: [url: string, loopback: boolean][] = [
  ["http://127.77.0.1:4566", true],
  ["http://127.0.0.1", true],
  ["https://127.255.255.254/path", true],
  ["http://localhost:4566", true],
  ["http://LOCALHOST", true],
  ["http://[::1]:4566", true],
  // URLs know short forms of addresses.
  ["http://127.1:4566", true],
  ["https://ec2.us-east-1.amazonaws.com", false],
  ["http://10.127.0.1", false],
  ["http://128.0.0.1", false],
  ["http://127.0.0.1.example.com", false],
  ["http://localhost.example.com", false],
  ["http://example.com/127.0.0.1", false],
  ["http://127.0.0.1@example.com", false],
  ["http://0.0.0.0", false],
  ["http://[::2]", false],
  // Without a scheme it is no URL.
  ["127.77.0.1:4566", false],
  ["localhost:4566", false],
  ["", false],
];

describe("a loopback endpoint", () => {
  for (const [url, loopback] of table) {
    it(`is ${loopback ? "" : "not "}${JSON.stringify(url)}`, () => expect(isLoopback(url)).to.equal(loopback));
  }
});
