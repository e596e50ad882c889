/**
 * Random histories against a model of what must be given, exactly once.
 *
 * The model looks into the service at the moment at which the trigger's list request is answered.
 * It leaves out exactly what the API cannot tell (docs/trigger-design.md): two changes of one
 * instance between two polls are one; who enters and leaves a set between two polls was never in
 * it; a change that leaves `last_updated_time` as it was is none.
 */
import fc from 'fast-check';
import type { Fault } from '../../../sandbox/next-matter/server.mts';
import { EVENTS, FIELD, MINUTE, STEP, STEPS, World, type EventName } from './world.mts';

let world: World;

beforeAll(async () => {
	world = await World.create('set');
});

afterAll(async () => await world?.close());

type Change =
	| { do: 'start'; overdue: boolean; late: number }
	| { do: 'step' | 'back' | 'complete' | 'stop' | 'touch' | 'delete'; which: number }
	| { do: 'value'; which: number; value: string }
	| { do: 'deadline'; which: number; hours: number | null };

type Command =
	| Change
	| { do: 'poll' | 'crash' }
	| { do: 'failing poll'; nth: number; kind: number }
	| { do: 'poll with'; nth: number; change: Change }
	| { do: 'clock'; ms: number };

/** Mostly one of the first, so that much happens to the same instance. */
const which = fc.nat(5);
const change: fc.Arbitrary<Change> = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ do: fc.constant('start' as const), overdue: fc.boolean(), late: fc.constantFrom(0, 0, 1_000, 4 * MINUTE) }) },
	{ weight: 8, arbitrary: fc.record({ do: fc.constantFrom('step', 'step', 'back', 'complete', 'stop', 'touch', 'touch', 'delete'), which }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('value' as const), which, value: fc.constantFrom('', 'a', 'b') }) },
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('deadline' as const), which, hours: fc.constantFrom(-48, -1, 5, null) }) },
);
/** What concerns the event most, on few instances: they enter, leave and come back. */
const few = fc.nat(2);
const deadlines = fc.record({ do: fc.constant('deadline' as const), which: few, hours: fc.constantFrom(-48, -1, 5) });
const moves = (...kinds: Array<'step' | 'back' | 'complete' | 'stop' | 'touch'>) =>
	fc.record({ do: fc.constantFrom(...kinds), which: few });
const special: Partial<Record<EventName, fc.Arbitrary<Change>>> = {
	stepActivated: moves('step', 'back'),
	deadlineOverdue: deadlines,
	instanceUpdated: moves('touch'),
	fieldValueChanged: fc.record({ do: fc.constant('value' as const), which: few, value: fc.constantFrom('', 'a', 'b') }),
};
const commandFor = (event: EventName): fc.Arbitrary<Command> => fc.oneof(
	{ weight: 8, arbitrary: special[event] ?? change },
	{ weight: 6, arbitrary: change },
	{ weight: 6, arbitrary: fc.record({ do: fc.constant('poll' as const) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('failing poll' as const), nth: fc.integer({ min: 1, max: 8 }), kind: fc.nat(3) }) },
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('poll with' as const), nth: fc.integer({ min: 1, max: 8 }), change }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('clock' as const), ms: fc.constantFrom(1_000, 30_000, 6 * MINUTE, 60 * MINUTE) }) },
);

const setting = fc.record({
	/** How far the clock goes on with each change; 0: equal times throughout. */
	tick: fc.constantFrom(0, 1, 700),
	timePrecision: fc.constantFrom('microseconds' as const, 'seconds' as const),
	defaultOrdering: fc.constantFrom('shuffled' as const, 'id' as const),
	sizeParam: fc.constantFrom('page_size' as const, 'limit' as const),
	statusNames: fc.constantFrom('documented' as const, 'uppercase' as const),
	fieldValueMissing: fc.constantFrom('empty-object' as const, 'null' as const, 'omit-row' as const),
	saveBumpsLastUpdated: fc.boolean(),
	abortedKeepsActiveSteps: fc.boolean(),
	includeDetails: fc.boolean(),
	clockSkewMs: fc.constantFrom(0, -3 * 60 * MINUTE, 5 * 60 * MINUTE),
});

/** Failures that are not repeated, so that the tests need not wait. */
const faults: Array<Partial<Fault>> = [
	{ kind: 'status', status: 400 },
	{ kind: 'status', status: 401 },
	{ kind: 'rate-limit', retryAfter: 900 },
	{ kind: 'status', status: 403, html: true },
];

/** What the event says of an instance now; the same text means that there is nothing to give. Undefined: not concerned. */
function facts(event: EventName): Map<number, string> {
	const result = new Map<number, string>();
	for (const id of world.sandbox.state.instances.keys()) {
		const view = world.sandbox.state.instance(id)!;
		const inside = {
			instanceStarted: true,
			instanceCompleted: view.status === 'completed',
			instanceStopped: view.status === 'aborted',
			instanceEnded: view.status !== 'running',
			instanceUpdated: true,
			stepActivated: view.activeStepIds.includes(STEP),
			fieldValueChanged: true,
			deadlineOverdue: view.status === 'running' && view.deadline !== null && Date.parse(view.deadline) <= Date.now(),
		}[event];
		const value = String(view.values[FIELD]?.inputValue ?? '');
		const text = event === 'instanceUpdated' ? view.lastUpdatedTime : event === 'fieldValueChanged' ? value : 'in';
		if (inside && !(event === 'fieldValueChanged' && text === '')) result.set(id, text);
	}
	return result;
}

const LEVEL: readonly EventName[] = ['stepActivated', 'deadlineOverdue', 'fieldValueChanged'];

function run(step: Change): void {
	const { state } = world.sandbox;
	if (step.do === 'start') {
		const deadline = step.overdue ? new Date(Date.now() - 60 * MINUTE) : undefined;
		const startedTime = step.late > 0 ? new Date(state.now() / 1000 - step.late) : undefined;
		world.create({ name: 'Order', deadline, startedTime });
		return;
	}
	const ids = [...state.instances.keys()];
	const id = ids[step.which % Math.max(1, ids.length)];
	const view = id === undefined ? undefined : state.instance(id);
	if (!view) return;
	if (step.do === 'delete') state.delete(id);
	else if (step.do === 'touch') state.touch(id);
	else if (step.do === 'value') {
		const bumped = state.instances.get(id)!.lastUpdated;
		state.setFieldValue(id, FIELD, { inputValue: step.value });
		if (!world.sandbox.switches.saveBumpsLastUpdated) state.instances.get(id)!.lastUpdated = bumped;
	} else if (step.do === 'deadline') {
		world.setDeadline(id, step.hours === null ? null : new Date(Date.now() + step.hours * 60 * MINUTE));
	} else if (view.status !== 'running') return;
	else if (step.do === 'back') goBack(id);
	else if (step.do === 'stop') state.abort(id);
	else if (step.do === 'complete') world.complete(id);
	else state.completeStep(id, view.activeStepIds[0]);
}

/** From the third step to the second, as a routing button does. */
function goBack(id: number): void {
	const { state } = world.sandbox;
	const { steps } = state.instances.get(id)!;
	if (steps.get(STEPS[2])!.status !== 'active') return;
	steps.get(STEPS[2])!.status = 'waiting';
	steps.get(STEP)!.status = 'active';
	state.touch(id);
}

async function play(event: EventName, given: typeof setting extends fc.Arbitrary<infer T> ? T : never, commands: Command[]) {
	const { tick, includeDetails, ...switches } = given;
	world.reset(switches);
	world.clock = Date.parse('2026-11-22T09:00:00Z');
	world.sandbox.state.createInstance(world.sandbox.state.workflows.keys().next().value!, { name: 'Before' });
	for (let index = 0; index < 3; index++) run({ do: 'start', overdue: index === 1, late: 0 });
	run({ do: 'step', which: 2 });

	const trigger = world.trigger(event, { options: { includeDetails } });
	/** What was given of each instance. */
	let known = facts(event);
	let saved = new Map(known);
	/** Emissions of these are allowed, not required: they changed while being given. */
	const unsure = new Set<number>();
	expect((await trigger.poll()).ids).toEqual([]);

	const level = LEVEL.includes(event);
	const missing = (now: Map<number, string>) => [...now].filter(([id, text]) => known.get(id) !== text).map(([id]) => id);
	const emptied = (now: Map<number, string>) =>
		event === 'fieldValueChanged' ? [...known.keys()].filter((id) => !now.has(id) && world.sandbox.state.instances.has(id)) : [];

	async function poll(kind: 'plain' | 'failing' | 'with', how: { fault?: Fault; nth?: number; change?: Change } = {}) {
		const due = new Set([...missing(facts(event)), ...emptied(facts(event))]);
		const before = facts(event);
		let seen = before;
		world.always((count) => {
			if (count === how.nth && how.change) run(how.change);
			if (count === 1) seen = facts(event);
		});
		const outcome = how.fault ? await trigger.failingPoll(how.fault) : await trigger.poll();
		world.calm();
		const now = facts(event);
		if (!outcome) return;
		expect(new Set(outcome.ids).size).toBe(outcome.ids.length);
		const possible = level
			? new Set([...missing(seen), ...emptied(seen)])
			: new Set([...due, ...missing(now), ...unsure]);
		for (const id of outcome.ids) {
			// Deleted while it was being given.
			if (!possible.has(id) && world.sandbox.state.instances.has(id)) throw new Error(`${id} was given twice`);
			if (level) {
				if (seen.has(id)) known.set(id, seen.get(id)!);
				else known.delete(id);
			} else {
				unsure.delete(id);
				if (due.has(id) && now.get(id) !== before.get(id)) unsure.add(id);
				known.set(id, now.get(id) ?? 'deleted');
			}
		}
		if (level && event !== 'fieldValueChanged') for (const id of [...known.keys()]) if (!seen.has(id)) known.delete(id);
		if (kind === 'plain' && event !== 'instanceUpdated') {
			expect([...outcome.ids].sort()).toEqual([...due].sort());
		}
		if (outcome.ids.length > 0) saved = new Map(known);
	}

	for (const step of commands) {
		if (world.clock !== undefined) world.clock += tick;
		if (step.do === 'poll') await poll('plain');
		else if (step.do === 'crash') {
			trigger.crash();
			known = new Map(saved);
		} else if (step.do === 'clock') world.clock! += step.ms;
		else if (step.do === 'failing poll') {
			await poll('failing', { fault: { ...faults[step.kind], match: { nth: step.nth } } as Fault });
		} else if (step.do === 'poll with') await poll('with', step);
		else run(step as Change);
	}
	// Two questions about updates take turns; after this many polls each was asked.
	for (let index = 0; index < 4; index++) await poll('with');
	expect([...missing(facts(event)), ...emptied(facts(event))]).toEqual([]);
}

it.each(EVENTS)('%s: nothing lost, nothing doubled, in any history', async (event) => {
	await fc.assert(
		fc.asyncProperty(setting, fc.array(commandFor(event), { minLength: 5, maxLength: 30, size: 'max' }), async (given, commands) => {
			await play(event, given, commands);
		}),
		{ seed: Number(process.env.TRIGGER_SEED ?? 20261122), numRuns: Number(process.env.TRIGGER_RUNS ?? 15), endOnFailure: false },
	);
	expect(world.sandbox.state.internalFaults).toEqual([]);
}, 120_000);
