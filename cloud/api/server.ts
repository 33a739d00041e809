import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { randomUUID } from "node:crypto";
import { isIPv4, type AddressInfo } from "node:net";
import type { Answer } from "./dispatch";
import { Ec2Error } from "./core/errors";
import { claimedService, splitUrl, type Service, type Signatures } from "./core/signature";
import { renderError } from "./core/xml";

/** Far more than a request with user data needs. In bytes. */
const maxBody = 1024 * 1024;
/** For a client to send a request. In milliseconds. */
const requestTimeout = 30_000;

/** An HTTP server that hands the parameters of requests with a valid signature to `answer`, and the service they were signed for. */
export function createApiServer(
  signatures: Signatures,
  answer: (service: Service, parameters: URLSearchParams) => Promise<Answer>,
): Server {
  const server = createServer({ requestTimeout, headersTimeout: requestTimeout }, (request, response) => {
    const send = ({ status, body }: Answer): void => {
      if (response.destroyed) return;
      // What is left of a request that was refused is not worth reading.
      if (!request.complete) response.setHeader("connection", "close");
      response.writeHead(status, {
        "content-type": "text/xml;charset=UTF-8",
        "content-length": Buffer.byteLength(body),
      });
      response.end(body);
    };
    readParameters(request, signatures)
      .then(({ service, parameters }) => answer(service, parameters))
      .then(send)
      .catch((error: unknown) => {
        const known = error instanceof Ec2Error ? error : new Ec2Error("InternalError", "The request broke off", 500);
        send({ status: known.status, body: renderError(claimedService(request), known, randomUUID()) });
      });
  });
  return server;
}

async function readParameters(
  request: IncomingMessage,
  signatures: Signatures,
): Promise<{ service: Service; parameters: URLSearchParams }> {
  refuseWebPages(request);
  const { method = "", url } = request;
  // No client of EC2 sends GET; what it could change would be one link away.
  if (method !== "POST") throw new Ec2Error("InvalidRequest", `The method ${method} is not valid; POST is.`, 405);
  const signature = signatures.begin(request);
  const body = await readBody(request);
  await signature.check(body);
  const query = new URLSearchParams(splitUrl(url)[1]);
  return {
    service: signature.service,
    parameters: new URLSearchParams([...query, ...new URLSearchParams(body.toString("utf8"))]),
  };
}

/**
 * Pages of a browser must not command machines. Only they send an Origin. A name of theirs that leads to this computer (DNS
 * rebinding) makes them pages of this server as far as the browser can tell, but it stands in Host.
 */
function refuseWebPages({ headers }: IncomingMessage): void {
  const { host = "", origin, "sec-fetch-site": site = "none" } = headers;
  if (!isLoopbackHost(host)) {
    throw new Ec2Error(
      "UnauthorizedOperation",
      `Requests to the host '${host}' are not answered; it is not loopback.`,
      403,
    );
  }
  if (origin !== undefined || (site !== "none" && site !== "same-origin")) {
    throw new Ec2Error("UnauthorizedOperation", "Requests from web pages are not answered.", 403);
  }
}

/** Whether a Host header names this computer: 127.0.0.0/8 (RFC 1122, 3.2.1.3), ::1 or localhost, with any port. */
function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return (isIPv4(name) && name.startsWith("127.")) || name === "[::1]" || name === "localhost";
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new Ec2Error("RequestEntityTooLarge", `A request may have up to ${maxBody} bytes.`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws Error for an address that other computers reach, or one that is taken. */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  if (!/^127(\.\d{1,3}){3}$|^::1$|^localhost$/.test(host)) {
    throw new Error(`The embedded EC2 listens on loopback addresses only, and ${host} is none`);
  }
  await once(server.listen(port, host), "listening");
  const address = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}
