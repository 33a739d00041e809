import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpRequest } from "@smithy/core/protocols";
import { Hash } from "@smithy/core/serde";
import {
  ALGORITHM_IDENTIFIER,
  createScope,
  getCanonicalHeaders,
  getSigningKey,
  SignatureV4Base,
} from "@smithy/signature-v4";
import { Ec2Error } from "./errors";

/** An access key as AWS has them, of which every request has to have the signature. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Services that requests are signed for. */
export type Service = "ec2" | "sts";

interface SignatureOptions {
  readonly accessKey: AccessKey;
  readonly region: string;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
}

/** What a request says of its signature. */
interface Claim {
  readonly accessKeyId: string;
  /** YYYYMMDD */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: Buffer;
}

/** How far the time of a signature may be from now: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html. */
const maxSkewMs = 15 * 60_000;

const sha256 = Hash.bind(null, "sha256");

/** The service that a request names in its Authorization header, in whose form it is answered, also when it is refused. */
export function claimedService({ headers }: Pick<IncomingMessage, "headers">): Service {
  return /^[^,]*\/sts\/aws4_request\b/.test(headers.authorization ?? "") ? "sts" : "ec2";
}

/**
 * Signature Version 4 of requests: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 * A session token is part of what is signed and means nothing else here: the key is valid without one.
 */
export class Signatures extends SignatureV4Base {
  constructor(private readonly options: SignatureOptions) {
    super({ credentials: options.accessKey, region: options.region, service: "ec2", sha256 });
  }

  /**
   * Checks what can be checked before the body is there. The result checks the signature, once it is.
   *
   * @throws Ec2Error with AWS's code, also from the result
   */
  begin(request: IncomingMessage): { service: Service; check(body: Buffer): Promise<void> } {
    const claim = readClaim(request);
    const service = claimedService(request);
    this.checkScope(claim, service);
    const time = this.checkTime(request, claim, service);
    checkSignedHeaders(request, claim);
    return {
      service,
      check: async (body) => {
        const digest = createHash("sha256").update(body).digest("hex");
        const isOfBody = (request.headers["x-amz-content-sha256"] ?? digest) === digest;
        const expected = await this.signatureOf(request, claim, time, digest);
        if (isOfBody && timingSafeEqual(expected, claim.signature)) return;
        throw doesNotMatch(
          "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
        );
      },
    };
  }

  private checkScope({ accessKeyId, region, service }: Claim, answered: Service): void {
    if (service !== answered) {
      throw doesNotMatch(`Credential should be scoped to correct service: 'ec2' or 'sts', not '${service}'.`);
    }
    if (region !== this.options.region) {
      throw doesNotMatch(`Credential should be scoped to a valid region: '${this.options.region}', not '${region}'.`);
    }
    if (accessKeyId === this.options.accessKey.accessKeyId) return;
    const hint = `the embedded EC2 has an access key of its own, which "./hardway env" prints`;
    throw answered === "sts"
      ? new Ec2Error("InvalidClientTokenId", `The security token included in the request is invalid: ${hint}.`, 403)
      : new Ec2Error("AuthFailure", `AWS was not able to validate the provided access credentials: ${hint}.`, 401);
  }

  /** The time of the signature as it stands in the request. */
  private checkTime({ headers }: IncomingMessage, { day }: Claim, service: Service): string {
    const time = headers["x-amz-date"];
    const [, date, hour, minute, second] =
      (typeof time === "string" && /^(\d{8})T(\d\d)(\d\d)(\d\d)Z$/.exec(time)) || incomplete("X-Amz-Date");
    if (date !== day) throw doesNotMatch(`The credential is of ${day}, and X-Amz-Date is ${String(time)}.`);
    const at = Date.parse(`${date?.replace(/^(....)(..)(..)$/, "$1-$2-$3")}T${hour}:${minute}:${second}Z`);
    if (!(Math.abs(this.options.now() - at) <= maxSkewMs)) {
      const message = `The request was signed at ${String(time)}, which is more than 15 minutes from now.`;
      throw service === "sts" ? doesNotMatch(message) : new Ec2Error("RequestExpired", message);
    }
    return String(time);
  }

  private async signatureOf(request: IncomingMessage, claim: Claim, time: string, digest: string): Promise<Buffer> {
    const { day, region, service, signedHeaders } = claim;
    const names = new Set(signedHeaders);
    const [path, query] = splitUrl(request.url);
    const parameters = new URLSearchParams(query);
    const received = new HttpRequest({
      ...(request.method !== undefined && { method: request.method }),
      path,
      query: Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)])),
      headers: Object.fromEntries([...names].map((name) => [name, String(request.headers[name] ?? "")])),
    });
    const canonical = this.createCanonicalRequest(received, getCanonicalHeaders(received, undefined, names), digest);
    const text = await this.createStringToSign(
      time,
      createScope(day, region, service),
      canonical,
      ALGORITHM_IDENTIFIER,
    );
    const key = await getSigningKey(sha256, this.options.accessKey, day, region, service);
    return createHmac("sha256", key).update(text).digest();
  }
}

function readClaim({ headers, url }: IncomingMessage): Claim {
  const { authorization } = headers;
  if (authorization === undefined) {
    const [, query] = splitUrl(url);
    const isPresigned = [...new URLSearchParams(query).keys()].some((name) => /^(x-amz-)?signature$/i.test(name));
    throw isPresigned
      ? new Ec2Error("AuthFailure", "Presigned requests are not answered; sign with the Authorization header.", 401)
      : new Ec2Error("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
  }
  if (!authorization.startsWith(`${ALGORITHM_IDENTIFIER} `)) {
    throw new Ec2Error("AuthFailure", `Requests have to be signed by ${ALGORITHM_IDENTIFIER}.`, 401);
  }
  const [, credential = "", signedHeaders = "", signature = ""] =
    /^\S+ +Credential=([^\s,]+) *, *SignedHeaders=([^\s,]+) *, *Signature=([0-9a-f]{64})$/.exec(authorization) ??
    incomplete("Authorization");
  const [accessKeyId = "", day = "", region = "", service = "", end, ...more] = credential.split("/");
  if (end !== "aws4_request" || more.length > 0) incomplete("Credential");
  return {
    ...{ accessKeyId, day, region, service },
    signedHeaders: signedHeaders.toLowerCase().split(";"),
    signature: Buffer.from(signature, "hex"),
  };
}

/** What has a meaning must not be changed on its way. */
function checkSignedHeaders({ headers }: IncomingMessage, { signedHeaders }: Claim): void {
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  const missing = needed.filter((name) => !signedHeaders.includes(name));
  if (missing.length === 0) return;
  throw doesNotMatch(`These headers have to be signed too: ${missing.join(", ")}.`);
}

/** The path of a request, and its query without the question mark. */
export function splitUrl(url = "/"): [path: string, query: string] {
  const at = url.indexOf("?");
  return at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}

function doesNotMatch(message: string): Ec2Error {
  return new Ec2Error("SignatureDoesNotMatch", message, 403);
}

function incomplete(what: string): never {
  throw new Ec2Error("IncompleteSignature", `${what} is missing or is not of the form that AWS4-HMAC-SHA256 has.`);
}
