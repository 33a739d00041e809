import { expect } from "chai";
import { codeOf, eventually, image, refused, some, TestCloud } from "./support";

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3Q4+QqBIEmmbLlLkzB1CmBdGXIQe6ONXqbNUFHhhVe me@example";

describe("EC2 API: instances", () => {
  let cloud: TestCloud;
  let SubnetId: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    SubnetId = await cloud.subnet(await cloud.vpc());
  });
  afterEach(() => cloud.end());

  const launch = (more: object = {}) =>
    cloud.ec2.runInstances({ ImageId: image, InstanceType: "t3.micro", SubnetId, MinCount: 1, MaxCount: 1, ...more });

  it("boots what was asked for and says so when it answers", async () => {
    const { driver, ec2 } = cloud;
    await ec2.importKeyPair({ KeyName: "lab", PublicKeyMaterial: Buffer.from(`${publicKey}\n`) });
    const userData = "#!/bin/sh\necho 'hé'\n";
    driver.hold = true;
    const { Instances: [launched] = [], ReservationId } = await launch({
      InstanceType: "m6i.large",
      KeyName: "lab",
      PrivateIpAddress: "10.240.0.80",
      UserData: Buffer.from(userData).toString("base64"),
      BlockDeviceMappings: [
        { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 4, VolumeType: "gp2" } },
        { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 20, Encrypted: true, VolumeType: "gp3" } },
      ],
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 2 },
      TagSpecifications: [
        { ResourceType: "instance", Tags: [{ Key: "Name", Value: "node-0" }] },
        { ResourceType: "volume", Tags: [{ Key: "Name", Value: "node-0 root" }] },
      ],
    });
    const id = some(launched?.InstanceId);
    expect(id).to.match(/^i-[0-9a-f]{17}$/);
    expect(ReservationId).to.match(/^r-[0-9a-f]{17}$/);
    expect(launched?.State).to.deep.equal({ Code: 0, Name: "pending" });
    await eventually(() => expect(driver.isHeld(id)).to.equal(true));
    expect((await cloud.describe(id)).State?.Name).to.equal("pending");
    const { mac, dataDisks, ...rest } = some(driver.launches[0]);
    expect(dataDisks.map(({ sizeGiB }) => sizeGiB)).to.deep.equal([4]);
    expect(mac).to.match(/^02(:[0-9a-f]{2}){5}$/);
    expect(rest).to.deep.equal({
      instanceId: id,
      imageId: image,
      cores: 2,
      memoryMiB: 8192,
      diskGiB: 20,
      privateAddress: "10.240.0.80",
      prefixLength: 24,
      router: "10.240.0.1",
      vpcCidrs: ["10.240.0.0/16"],
      hostname: "ip-10-240-0-80",
      authorizedKey: publicKey,
      userData,
    });
    driver.release(id);
    await cloud.becomes(id, "running");
    const seen = await cloud.describe(id);
    expect(seen).to.deep.include({
      KeyName: "lab",
      PrivateIpAddress: "10.240.0.80",
      PrivateDnsName: "ip-10-240-0-80.ec2.internal",
      Tags: [{ Key: "Name", Value: "node-0" }],
    });
    expect(seen.PublicIpAddress).to.equal(undefined);
    expect(seen.MetadataOptions).to.deep.include({ HttpTokens: "required", HttpPutResponseHopLimit: 2 });
    const volumesWhere = async (...Filters: { Name: string; Values: string[] }[]) =>
      (await ec2.describeVolumes({ Filters: [{ Name: "attachment.instance-id", Values: [id] }, ...Filters] })).Volumes;
    const [volume] = (await volumesWhere({ Name: "attachment.device", Values: ["/dev/xvda"] })) ?? [];
    const [data] = (await volumesWhere({ Name: "size", Values: ["4"] })) ?? [];
    expect(data).to.deep.include({ VolumeId: dataDisks[0]?.volumeId, VolumeType: "gp2", Iops: 100, Encrypted: false });
    expect(data?.SnapshotId).to.equal(undefined);
    expect(seen.BlockDeviceMappings?.map((mapping) => [mapping.DeviceName, mapping.Ebs?.VolumeId])).to.deep.equal([
      ["/dev/xvda", volume?.VolumeId],
      ["/dev/sdf", data?.VolumeId],
    ]);
    expect(volume).to.deep.include({ Size: 20, Encrypted: true, State: "in-use", VolumeType: "gp3", Iops: 3000 });
    expect(volume?.Tags).to.deep.equal([{ Key: "Name", Value: "node-0 root" }]);
    const { UserData } = await ec2.describeInstanceAttribute({ InstanceId: id, Attribute: "userData" });
    expect(Buffer.from(some(UserData?.Value), "base64").toString()).to.equal(userData);
    const { Output } = await ec2.getConsoleOutput({ InstanceId: id });
    expect(Buffer.from(some(Output), "base64").toString()).to.equal(`login on ${id}\n`);
    const { InstanceStatuses: [status] = [] } = await ec2.describeInstanceStatus({ InstanceIds: [id] });
    expect(status?.InstanceStatus?.Status).to.equal("ok");
    const { InstanceCreditSpecifications } = await ec2.describeInstanceCreditSpecifications();
    expect(InstanceCreditSpecifications).to.deep.equal([]);
    expect(cloud.api.instances()).to.have.length(1);
    expect(cloud.api.instances()[0]).to.deep.include({ id, name: "node-0", state: "running", type: "m6i.large" });
  });

  it("gives public addresses where asked, anew at each start", async () => {
    const { ec2, driver } = cloud;
    const withAddress = (PrivateIpAddress: string) =>
      launch({
        SubnetId: undefined,
        NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, PrivateIpAddress, AssociatePublicIpAddress: true }],
      });
    const answers = await Promise.all([withAddress("10.240.0.80"), withAddress("10.240.0.81"), launch()]);
    const ids = answers.map((answer) => some(answer.Instances?.[0]?.InstanceId));
    for (const id of ids) await cloud.becomes(id, "running");
    const [first, second, third] = await Promise.all(ids.map((id) => cloud.describe(id)));
    expect([first?.PublicIpAddress, second?.PublicIpAddress, third?.PublicIpAddress]).to.deep.equal([
      "127.77.0.80",
      "127.77.0.81",
      undefined,
    ]);
    expect(first?.NetworkInterfaces?.[0]?.Association?.PublicIp).to.equal("127.77.0.80");
    expect(driver.launches.map((one) => one.publicAddress).sort()).to.deep.equal([
      "127.77.0.80",
      "127.77.0.81",
      undefined,
    ]);
    const id = some(ids[0]);
    await ec2.stopInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "stopped");
    expect((await cloud.describe(id)).PublicIpAddress).to.equal(undefined);
    await ec2.startInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "running");
    expect((await cloud.describe(id)).PublicIpAddress).to.equal("127.77.0.80");
    // A subnet can ask for all of its instances.
    await ec2.modifySubnetAttribute({ SubnetId, MapPublicIpOnLaunch: { Value: true } });
    const { id: mapped } = await cloud.instance(SubnetId, { PrivateIpAddress: "10.240.0.90" });
    expect((await cloud.describe(mapped)).PublicIpAddress).to.equal("127.77.0.90");
  });

  it("never gives one public address twice", async () => {
    await cloud.ec2.modifySubnetAttribute({ SubnetId, MapPublicIpOnLaunch: { Value: true } });
    const other = await cloud.subnet(await cloud.vpc("10.1.0.0/16"), "10.1.0.0/24");
    await cloud.ec2.modifySubnetAttribute({ SubnetId: other, MapPublicIpOnLaunch: { Value: true } });
    // The same last octet in both.
    const made = await Promise.all([
      cloud.instance(SubnetId, { PrivateIpAddress: "10.240.0.80" }),
      cloud.instance(other, { PrivateIpAddress: "10.1.0.80" }),
    ]);
    const seen = await Promise.all(made.map(({ id }) => cloud.describe(id)));
    expect(seen.map((one) => one.PublicIpAddress).sort()).to.deep.equal(["127.77.0.80", "127.77.0.81"]);
  });

  it("launches once for one client token", async () => {
    const ClientToken = "once";
    const answers = await Promise.all([1, 2, 3].map(() => launch({ ClientToken, MinCount: 2, MaxCount: 2 })));
    const ids = answers.map((answer) => answer.Instances?.map((instance) => instance.InstanceId));
    expect(ids[1]).to.deep.equal(ids[0]);
    expect(ids[2]).to.deep.equal(ids[0]);
    expect(cloud.api.instances()).to.have.length(2);
    expect(await codeOf(launch({ ClientToken, MinCount: 1, MaxCount: 1 }))).to.equal("IdempotentParameterMismatch");
    await cloud.restart();
    expect(
      (await launch({ ClientToken, MinCount: 2, MaxCount: 2 })).Instances?.map((one) => one.InstanceId),
    ).to.deep.equal(ids[0]);
    expect(cloud.driver.calls.filter((call) => call.startsWith("start"))).to.have.length(2);
  });

  it("refuses launches as AWS does, and then launches none of a request", async () => {
    const cases: readonly (readonly [object, string])[] = [
      [{ ImageId: "ami-0123456789abcdef0" }, "InvalidAMIID.NotFound"],
      [{ ImageId: "debian" }, "InvalidAMIID.Malformed"],
      [{ InstanceType: "t9.huge" }, "InvalidParameterValue"],
      [{ InstanceType: "t4g.micro" }, "InvalidParameterValue"],
      [{ KeyName: "none" }, "InvalidKeyPair.NotFound"],
      [{ SubnetId: "subnet-0123456789abcdef0" }, "InvalidSubnetID.NotFound"],
      [{ SubnetId: undefined }, "VPCIdNotSpecified"],
      [{ SecurityGroupIds: ["sg-0123456789abcdef0"] }, "InvalidGroup.NotFound"],
      [{ SecurityGroupIds: [await cloud.group(await cloud.vpc("10.9.0.0/16"))] }, "InvalidParameter"],
      [{ PrivateIpAddress: "10.240.0.2" }, "InvalidParameterValue"],
      [{ PrivateIpAddress: "10.240.0.9", MinCount: 2, MaxCount: 2 }, "InvalidParameterCombination"],
      [{ MinCount: 2, MaxCount: 1 }, "InvalidParameterValue"],
      [{ MinCount: 252, MaxCount: 252 }, "InsufficientFreeAddressesInSubnet"],
      [{ UserData: "not base64!" }, "InvalidParameterValue"],
      [{ UserData: Buffer.alloc(16_385).toString("base64") }, "InvalidParameterValue"],
      [{ BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 4 } }] }, "InvalidBlockDeviceMapping"],
      [{ BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 0 } }] }, "InvalidParameterValue"],
      [{ BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeType: "gp3" } }] }, "MissingParameter"],
      [{ BlockDeviceMappings: [{ DeviceName: "sdf", Ebs: { VolumeSize: 1 } }] }, "InvalidParameterValue"],
      [
        { BlockDeviceMappings: [1, 2].map((VolumeSize) => ({ DeviceName: "/dev/sdf", Ebs: { VolumeSize } })) },
        "InvalidBlockDeviceMapping",
      ],
      [{ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId }] }, "InvalidParameterCombination"],
      [{ TagSpecifications: [{ ResourceType: "vpc", Tags: [] }] }, "InvalidParameterValue"],
      [{ DryRun: true }, "DryRunOperation"],
    ];
    for (const [parameters, code] of cases) {
      expect(await codeOf(launch(parameters)), JSON.stringify(parameters).slice(0, 100)).to.equal(code);
    }
    await cloud.instance(SubnetId, { PrivateIpAddress: "10.240.0.80" });
    expect(await codeOf(launch({ PrivateIpAddress: "10.240.0.80" }))).to.equal("InvalidIPAddress.InUse");
    expect(cloud.api.instances()).to.have.length(1);
    const { NetworkInterfaces: interfaces } = await cloud.ec2.describeNetworkInterfaces();
    expect(interfaces).to.have.length(1);
    expect(cloud.log).to.deep.equal([]);
  });

  it("has no capacity where the settings say so", async () => {
    const { id } = await cloud.instance(SubnetId);
    await cloud.ec2.stopInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "stopped");
    for (const name of ["t3.micro", "us-east-1a"]) {
      await cloud.api.updateSettings({ insufficientCapacity: [name] });
      const answer = await refused(launch());
      expect([answer.code, answer.status]).to.deep.equal(["InsufficientInstanceCapacity", 500]);
      expect(await codeOf(cloud.ec2.startInstances({ InstanceIds: [id] }))).to.equal("InsufficientInstanceCapacity");
    }
    await cloud.api.updateSettings({ insufficientCapacity: ["t3.large"] });
    await launch();
  });

  it("ends a launch that fails, with the reason, and frees its address", async () => {
    cloud.driver.startError = "QEMU said: no memory";
    const { id, eni } = await cloud.instance(SubnetId, { PrivateIpAddress: "10.240.0.80" });
    await cloud.becomes(id, "terminated");
    expect((await cloud.describe(id)).StateReason).to.deep.equal({
      Code: "Server.InternalError",
      Message: "Server.InternalError: QEMU said: no memory",
    });
    expect(cloud.log).to.deep.equal([`${id}: does not start: QEMU said: no memory`]);
    expect(cloud.driver.calls).to.deep.equal([`start ${id}`, `terminate ${id}`]);
    expect(await codeOf(cloud.ec2.describeNetworkInterfaces({ NetworkInterfaceIds: [eni] }))).to.equal(
      "InvalidNetworkInterfaceID.NotFound",
    );
    cloud.driver.startError = undefined;
    await cloud.instance(SubnetId, { PrivateIpAddress: "10.240.0.80" });
  });

  it("only stops an instance that ran before and does not start again", async () => {
    const { id } = await cloud.instance(SubnetId);
    await cloud.ec2.stopInstances({ InstanceIds: [id], Force: true });
    await cloud.becomes(id, "stopped");
    cloud.driver.startError = "it does not answer";
    await cloud.ec2.startInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "stopped");
    expect((await cloud.describe(id)).StateReason?.Message).to.equal("Server.InternalError: it does not answer");
    expect(cloud.driver.calls).to.deep.equal([`start ${id}`, `stop ${id} forced`, `start ${id}`, `stop ${id} forced`]);
  });

  it("changes states from those that allow it", async () => {
    const { ec2 } = cloud;
    const { id } = await cloud.instance(SubnetId);
    const InstanceIds = [id];
    expect((await ec2.startInstances({ InstanceIds })).StartingInstances).to.deep.equal([
      { InstanceId: id, CurrentState: { Code: 16, Name: "running" }, PreviousState: { Code: 16, Name: "running" } },
    ]);
    await ec2.rebootInstances({ InstanceIds });
    expect((await ec2.stopInstances({ InstanceIds })).StoppingInstances).to.deep.equal([
      { InstanceId: id, CurrentState: { Code: 64, Name: "stopping" }, PreviousState: { Code: 16, Name: "running" } },
    ]);
    await cloud.becomes(id, "stopped");
    const stopped = await cloud.describe(id);
    expect(stopped.StateReason).to.deep.equal({
      Code: "Client.UserInitiatedShutdown",
      Message: "Client.UserInitiatedShutdown: User initiated shutdown",
    });
    expect(stopped.StateTransitionReason).to.match(/^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/);
    expect(await codeOf(ec2.rebootInstances({ InstanceIds }))).to.equal("IncorrectInstanceState");
    expect((await ec2.stopInstances({ InstanceIds })).StoppingInstances?.[0]?.CurrentState?.Name).to.equal("stopped");
    await ec2.startInstances({ InstanceIds });
    await cloud.becomes(id, "running");
    expect((await cloud.describe(id)).StateReason).to.equal(undefined);
    await ec2.terminateInstances({ InstanceIds });
    await cloud.becomes(id, "terminated");
    expect(await codeOf(ec2.startInstances({ InstanceIds }))).to.equal("IncorrectInstanceState");
    expect(await codeOf(ec2.stopInstances({ InstanceIds }))).to.equal("IncorrectInstanceState");
    expect((await ec2.terminateInstances({ InstanceIds })).TerminatingInstances?.[0]?.CurrentState?.Code).to.equal(48);
    expect(cloud.driver.calls).to.deep.equal(
      ["start", "reboot", "stop", "start", "terminate"].map((call) => `${call} ${id}`),
    );
  });

  it("changes all instances of a request or none", async () => {
    const first = await cloud.instance(SubnetId);
    const second = await cloud.instance(SubnetId, { DisableApiTermination: true });
    const answer = await refused(cloud.ec2.terminateInstances({ InstanceIds: [first.id, second.id] }));
    expect(answer.code).to.equal("OperationNotPermitted");
    expect(answer.message).to.equal(
      `The instance '${second.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
    expect((await cloud.describe(first.id)).State?.Name).to.equal("running");
    await cloud.ec2.modifyInstanceAttribute({ InstanceId: second.id, DisableApiTermination: { Value: false } });
    await cloud.ec2.terminateInstances({ InstanceIds: [first.id, second.id] });
    await cloud.becomes(second.id, "terminated");
  });

  it("terminates while a start is waited for, and tries until it is done", async () => {
    cloud.driver.hold = true;
    cloud.driver.failingTerminations = 1;
    const { id } = await cloud.instance(SubnetId);
    await eventually(() => expect(cloud.driver.isHeld(id)).to.equal(true));
    expect(await codeOf(cloud.ec2.stopInstances({ InstanceIds: [id] }))).to.equal("IncorrectInstanceState");
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "terminated");
    expect((await cloud.describe(id)).StateReason?.Code).to.equal("Client.UserInitiatedShutdown");
    expect(cloud.driver.calls).to.deep.equal([`start ${id}`, `terminate ${id}`, `terminate ${id}`]);
    expect(cloud.log).to.deep.equal([`${id}: cannot be removed yet: its folder is busy`]);
  });

  it("notices machines that end by themselves", async () => {
    const stays = await cloud.instance(SubnetId);
    const goes = await cloud.instance(SubnetId, { InstanceInitiatedShutdownBehavior: "terminate" });
    cloud.driver.exit(stays.id);
    cloud.driver.exit(goes.id);
    await cloud.becomes(stays.id, "stopped");
    await cloud.becomes(goes.id, "terminated");
    for (const { id } of [stays, goes]) {
      expect((await cloud.describe(id)).StateReason).to.deep.equal({
        Code: "Client.InstanceInitiatedShutdown",
        Message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
      });
    }
  });

  it("tells a machine that was killed from one that switched itself off, and never takes its disks for that", async () => {
    const { id } = await cloud.instance(SubnetId, { InstanceInitiatedShutdownBehavior: "terminate" });
    cloud.driver.exit(id, "its QEMU was killed");
    await cloud.becomes(id, "stopped");
    expect((await cloud.describe(id)).StateReason).to.deep.equal({
      Code: "Server.InternalError",
      Message: "Server.InternalError: its QEMU was killed",
    });
    expect(cloud.driver.calls).to.deep.equal([`start ${id}`]);
  });

  it("forgets terminated instances after an hour", async () => {
    const { id } = await cloud.instance(SubnetId);
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "terminated");
    const seen = await cloud.describe(id);
    expect([seen.VpcId, seen.SubnetId, seen.PrivateIpAddress, seen.NetworkInterfaces]).to.deep.equal([
      undefined,
      undefined,
      undefined,
      [],
    ]);
    cloud.advance(59 * 60 * 1000);
    await cloud.describe(id);
    cloud.advance(2 * 60 * 1000);
    expect(await codeOf(cloud.describe(id))).to.equal("InvalidInstanceID.NotFound");
    expect(cloud.api.instances()).to.deep.equal([]);
  });

  it("modifies attributes", async () => {
    const { ec2 } = cloud;
    const { id: InstanceId, eni } = await cloud.instance(SubnetId);
    const checked = () => cloud.api.network().vpcs[0]?.interfaces[0]?.sourceDestCheck;
    await ec2.modifyInstanceAttribute({ InstanceId, SourceDestCheck: { Value: false } });
    expect(checked()).to.equal(false);
    await ec2.modifyNetworkInterfaceAttribute({ NetworkInterfaceId: eni, SourceDestCheck: { Value: true } });
    expect(checked()).to.equal(true);
    // As long as one that an interface is made with.
    const long = { NetworkInterfaceId: eni, Description: { Value: "d".repeat(256) } };
    expect(await codeOf(ec2.modifyNetworkInterfaceAttribute(long))).to.equal("InvalidParameterValue");
    const GroupId = await cloud.group(some((await cloud.describe(InstanceId)).VpcId));
    await ec2.modifyInstanceAttribute({ InstanceId, Groups: [GroupId] });
    expect((await cloud.describe(InstanceId)).SecurityGroups).to.deep.equal([{ GroupId, GroupName: "lab" }]);
    await ec2.modifyInstanceAttribute({ InstanceId, InstanceInitiatedShutdownBehavior: { Value: "terminate" } });
    await ec2.modifyInstanceMetadataOptions({ InstanceId, HttpTokens: "required" });
    expect((await cloud.describe(InstanceId)).MetadataOptions?.HttpTokens).to.equal("required");
    await ec2.modifyInstanceAttribute({ InstanceId, Attribute: "sourceDestCheck", Value: "FALSE" });
    expect(checked()).to.equal(false);
    const capital = { InstanceId, Attribute: "SourceDestCheck" as "sourceDestCheck", Value: "true" };
    expect(await codeOf(ec2.modifyInstanceAttribute(capital))).to.equal("InvalidParameterValue");
    const small = { InstanceId, InstanceType: { Value: "t3.small" } };
    const userData = { InstanceId, UserData: { Value: Buffer.from("#!/bin/sh\n") } };
    expect(await codeOf(ec2.modifyInstanceAttribute(small))).to.equal("IncorrectInstanceState");
    expect(await codeOf(ec2.modifyInstanceAttribute(userData))).to.equal("IncorrectInstanceState");
    expect(await codeOf(ec2.modifyInstanceAttribute({ InstanceId }))).to.equal("InvalidParameterCombination");
    await ec2.stopInstances({ InstanceIds: [InstanceId] });
    await cloud.becomes(InstanceId, "stopped");
    await ec2.modifyInstanceAttribute(small);
    await ec2.modifyInstanceAttribute(userData);
    await ec2.startInstances({ InstanceIds: [InstanceId] });
    await cloud.becomes(InstanceId, "running");
    expect(cloud.driver.launches[1]).to.deep.include({ memoryMiB: 2048, cores: 2, userData: "#!/bin/sh\n" });
  });

  it("keeps allocated addresses apart from instances", async () => {
    const { ec2 } = cloud;
    const { AllocationId, PublicIp } = await ec2.allocateAddress({ Domain: "vpc" });
    const { id: InstanceId } = await cloud.instance(SubnetId);
    expect(await codeOf(ec2.associateAddress({ AllocationId, InstanceId }))).to.equal("UnsupportedOperation");
    await ec2.stopInstances({ InstanceIds: [InstanceId] });
    await cloud.becomes(InstanceId, "stopped");
    const { AssociationId } = await ec2.associateAddress({ AllocationId, InstanceId });
    expect(await codeOf(ec2.releaseAddress({ AllocationId }))).to.equal("InvalidIPAddress.InUse");
    await ec2.startInstances({ InstanceIds: [InstanceId] });
    await cloud.becomes(InstanceId, "running");
    expect((await cloud.describe(InstanceId)).PublicIpAddress).to.equal(PublicIp);
    expect(cloud.driver.launches[1]?.publicAddress).to.equal(PublicIp);
    const { Addresses: [seen] = [] } = await ec2.describeAddresses();
    expect(seen).to.deep.include({ AllocationId, AssociationId, InstanceId, PublicIp });
    await ec2.terminateInstances({ InstanceIds: [InstanceId] });
    await cloud.becomes(InstanceId, "terminated");
    await ec2.releaseAddress({ AllocationId });
    expect((await ec2.describeAddresses()).Addresses).to.deep.equal([]);
  });

  it("attaches a network interface that was made before", async () => {
    const { ec2 } = cloud;
    const { NetworkInterface: made } = await ec2.createNetworkInterface({ SubnetId, PrivateIpAddress: "10.240.0.70" });
    const NetworkInterfaceId = some(made?.NetworkInterfaceId);
    const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId }];
    const answer = await launch({ SubnetId: undefined, NetworkInterfaces });
    const id = some(answer.Instances?.[0]?.InstanceId);
    await cloud.becomes(id, "running");
    expect(cloud.driver.launches[0]?.privateAddress).to.equal("10.240.0.70");
    expect(await codeOf(launch({ SubnetId: undefined, NetworkInterfaces }))).to.equal("InvalidNetworkInterface.InUse");
    expect(await codeOf(ec2.deleteNetworkInterface({ NetworkInterfaceId }))).to.equal("InvalidParameterValue");
    await ec2.terminateInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "terminated");
    const { NetworkInterfaces: [left] = [] } = await ec2.describeNetworkInterfaces();
    expect(left).to.deep.include({ NetworkInterfaceId, Status: "available" });
    await ec2.deleteNetworkInterface({ NetworkInterfaceId });
  });

  it("have a public DNS name in a VPC with DNS hostnames, and are found by it and by what else they have", async () => {
    const { ec2 } = cloud;
    const VpcId = await cloud.vpc();
    const SubnetId = await cloud.subnet(VpcId);
    await ec2.modifySubnetAttribute({ SubnetId, MapPublicIpOnLaunch: { Value: true } });
    const { id } = await cloud.instance(SubnetId, { PrivateIpAddress: "10.240.0.80" });
    const find = async (Name: string, value: string) => {
      const { Reservations = [] } = await ec2.describeInstances({ Filters: [{ Name, Values: [value] }] });
      return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId));
    };
    expect((await cloud.describe(id)).PublicDnsName ?? "").to.equal("");
    await ec2.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: true } });
    const name = "ec2-127-77-0-80.compute-1.amazonaws.com";
    const seen = await cloud.describe(id);
    expect([seen.PublicDnsName, seen.NetworkInterfaces?.[0]?.Association?.PublicDnsName]).to.deep.equal([name, name]);
    for (const [filter, value, other] of [
      ["dns-name", name, "ec2-*-81.*"],
      ["network-interface.attachment.status", "attached", "detached"],
      ["network-interface.availability-zone", "us-east-1a", "us-east-1b"],
      ["block-device-mapping.delete-on-termination", "true", "false"],
      ["cpu-options-core-count", "1", "2"],
      ["metadata-options.http-put-response-hop-limit", "1", "2"],
      ["private-dns-name-options.hostname-type", "ip-name", "resource-name"],
    ] as const) {
      expect([await find(filter, value), await find(filter, other)], filter).to.deep.equal([[id], []]);
    }
    await ec2.stopInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "stopped");
    expect(await find("dns-name", "*")).to.deep.equal([]);
  });
});
