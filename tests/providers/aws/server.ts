import { EC2 } from "@aws-sdk/client-ec2";
import { testKey } from "../../support/signing";

/** An EC2 API to run the plugin against. */
export interface Ec2Server {
  url: string;
  region: string;
  stop(): Promise<void>;
}

/** A client that stands for somebody who changes things by hand. */
export function clientOf({ url, region }: Ec2Server): EC2 {
  return new EC2({ endpoint: url, region, credentials: testKey });
}

/** The provider's configuration for a server. */
export function configOf(
  { url, region }: Pick<Ec2Server, "url" | "region">,
  more: Record<string, unknown> = {},
): Record<string, string> {
  const config = {
    region,
    accessKey: testKey.accessKeyId,
    secretKey: testKey.secretAccessKey,
    endpoints: [{ ec2: url, sts: url }],
    ...more,
  };
  // As a stack's configuration has them: what is no string is JSON text.
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
