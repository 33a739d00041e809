import { Ec2Error } from "../core/errors";
import { only } from "../core/handled";
import { accountId, task, type Actions } from "../core/handlers";
import type { Instance, InstanceState, State } from "../core/state";
import { describeReservations } from "./instanceDescription";
import { describeState, transitionReason, userShutdown } from "./instanceStates";
import { selectInstances } from "./instances";
import { checkCapacity, runInstances, runInstancesInput } from "./runInstances";

interface StateChange {
  readonly id: string;
  readonly before: InstanceState;
  readonly after: InstanceState;
}

const describeChange = ({ id, before, after }: StateChange) => ({
  InstanceId: id,
  CurrentState: describeState(after),
  PreviousState: describeState(before),
});

/** Only those whose state the call changed; on the others it has nothing to do. */
const changed = (changes: readonly StateChange[]): StateChange[] =>
  changes.filter(({ before, after }) => before !== after);

function incorrectState(instance: Instance, what: string): Ec2Error {
  return new Ec2Error(
    "IncorrectInstanceState",
    `The instance '${instance.id}' is not in a state from which it can be ${what}.`,
  );
}

/** Applies `next` to each instance that a request names; what it throws leaves all of them as they are. */
function changeStates(
  draft: State,
  ids: readonly string[] | undefined,
  now: number,
  next: (instance: Instance) => InstanceState,
): StateChange[] {
  return selectInstances(draft, ids ?? [], now).map((instance) => {
    const before = instance.state;
    instance.state = next(instance);
    return { id: instance.id, before, after: instance.state };
  });
}

export const instanceActions: Actions = {
  RunInstances: task(runInstancesInput, async ({ store, machines, ...environment }, input) => {
    const ids = await store.change((draft) => runInstances(draft, input, environment));
    const launched = ids.flatMap((id) => store.state.instances[id] ?? []);
    for (const { id, state } of launched) if (state === "pending") machines.start(id);
    const [reservation = { OwnerId: accountId, Groups: [], Instances: [] }] = describeReservations(
      store.state,
      launched,
    );
    return reservation;
  }),

  StartInstances: task({ InstanceIds: true }, async ({ store, machines, now }, input) => {
    const changes = await store.change((draft) =>
      changeStates(draft, input.InstanceIds, now(), (instance) => {
        const { state } = instance;
        if (state === "running" || state === "pending") return state;
        if (state !== "stopped") throw incorrectState(instance, "started");
        checkCapacity(draft, instance.type, instance.zone);
        delete instance.stateReason;
        instance.stateTransitionReason = "";
        instance.launchTime = new Date(now()).toISOString();
        return "pending";
      }),
    );
    for (const { id } of changed(changes)) machines.start(id);
    return { StartingInstances: changes.map(describeChange) };
  }),

  StopInstances: task(
    { InstanceIds: true, Force: true, SkipOsShutdown: true, Hibernate: only(false) },
    async ({ store, machines, now }, input) => {
      const changes = await store.change((draft) =>
        changeStates(draft, input.InstanceIds, now(), (instance) => {
          const { state } = instance;
          if (state === "stopped" || state === "stopping") return state;
          if (state !== "running") throw incorrectState(instance, "stopped");
          if (instance.disableApiStop) throw isProtected(instance, "stopped", "disableApiStop");
          shutDownByUser(instance, now());
          return "stopping";
        }),
      );
      for (const { id } of changed(changes)) machines.stop(id, input.Force === true || input.SkipOsShutdown === true);
      return { StoppingInstances: changes.map(describeChange) };
    },
  ),

  RebootInstances: task({ InstanceIds: true }, ({ store, machines, now }, input) => {
    const ids = selectInstances(store.state, input.InstanceIds ?? [], now()).map((instance) => {
      if (instance.state !== "running") throw incorrectState(instance, "rebooted");
      return instance.id;
    });
    for (const id of ids) machines.reboot(id);
    return {};
  }),

  // A termination ends the machine at once, as the last two ask for.
  TerminateInstances: task(
    { InstanceIds: true, Force: true, SkipOsShutdown: true },
    async ({ store, machines, now }, input) => {
      const changes = await store.change((draft) =>
        changeStates(draft, input.InstanceIds, now(), (instance) => {
          const { state } = instance;
          if (state === "terminated" || state === "shutting-down") return state;
          if (instance.disableApiTermination) throw isProtected(instance, "terminated", "disableApiTermination");
          shutDownByUser(instance, now());
          return "shutting-down";
        }),
      );
      for (const { id } of changed(changes)) machines.terminate(id);
      return { TerminatingInstances: changes.map(describeChange) };
    },
  ),

  // It is always the latest.
  GetConsoleOutput: task({ InstanceId: true, Latest: true }, async ({ store, driver, now }, input) => {
    const [instance] = selectInstances(store.state, [input.InstanceId ?? ""], now());
    const text = instance === undefined ? "" : await driver.consoleOutput(instance.id);
    return {
      InstanceId: instance?.id,
      Timestamp: new Date(now()),
      // Clients decode it. AWS keeps the last 64 KiB.
      Output: Buffer.from(text).subarray(-65_536).toString("base64"),
    };
  }),
};

function shutDownByUser(instance: Instance, now: number): void {
  instance.stateReason = { ...userShutdown };
  instance.stateTransitionReason = transitionReason("User initiated", now);
}

function isProtected(instance: Instance, what: string, attribute: string): Ec2Error {
  return new Ec2Error(
    "OperationNotPermitted",
    `The instance '${instance.id}' may not be ${what}. Modify its '${attribute}' instance attribute and try again.`,
  );
}
