import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AccessKey } from "../../cloud/api/Ec2Api";

/** The access key of the EC2 servers that tests start. */
export const testKey: AccessKey = { accessKeyId: "test", secretAccessKey: "test-secret-canary" };

export interface Signing {
  readonly key?: AccessKey & { readonly sessionToken?: string };
  readonly service?: string;
  readonly region?: string;
  readonly date?: Date;
  readonly method?: string;
  /** Headers that are signed too. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers with which a client sends `body` to `url`, as Signature Version 4 has them. */
export async function signedHeaders(
  url: string,
  body: string,
  { key = testKey, service = "ec2", region = "us-east-1", date, method = "POST", headers = {} }: Signing = {},
): Promise<Record<string, string>> {
  const { protocol, hostname, host, pathname, searchParams } = new URL(url);
  const query = Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]));
  const signer = new SignatureV4({ credentials: key, service, region, sha256: Hash.bind(null, "sha256") });
  const signed = await signer.sign(
    { protocol, hostname, method, path: pathname, query, headers: { host, ...headers }, body },
    date && { signingDate: date },
  );
  return signed.headers;
}

/** Sends a signed request of the Query protocol. */
export async function post(url: string, body: string, signing?: Signing) {
  const headers = await signedHeaders(url, body, signing);
  // fetch() sets it.
  delete headers["host"];
  return answerTo(fetch(url, { method: "POST", body, headers }));
}

/** What EC2 or STS answer. */
export async function answerTo(request: Promise<Response>) {
  const answer = await request;
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, code: /<Code>(.*)<\/Code>/.exec(text)?.[1] };
}
