import { unknownAction } from "./errors";
import { accountId } from "./handlers";

/** Who every caller is: the answer of STS's GetCallerIdentity, in STS's form of XML. @throws Ec2Error for any other action */
export function answerSts(action: string, requestId: string): string {
  if (action !== "GetCallerIdentity") throw unknownAction(action);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
    `<Arn>arn:aws:iam::${accountId}:user/hardway</Arn><UserId>AIDAHARDWAYEMBEDDED00</UserId>` +
    `<Account>${accountId}</Account></GetCallerIdentityResult>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
  );
}
