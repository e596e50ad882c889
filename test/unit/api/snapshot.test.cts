/** Reading a structure that nobody documents: every shape of the sandbox, and hostile ones. */
import { parseSnapshot, readStructure } from '../../../nodes/NextMatter/api/snapshot.ts';
import { createSandbox, type Sandbox } from '../../../sandbox/next-matter/server.mts';
import fc from '../property.mts';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await createSandbox();
});
beforeEach(() => sandbox.reset());
afterAll(async () => await sandbox.close());

async function instance(id: number) {
	const response = await fetch(`${sandbox.apiUrl}/instances/${id}/?inject_values=true&steps_time_frame=true`, { headers: { authorization: `Api-Key ${sandbox.apiKey}` } });
	return (await response.json()) as { process_snapshot: unknown; active_step_ids: number[] };
}

const shapes = ['tree', 'children', 'flat', 'dictionary', 'legacy'] as const;
const combinations = shapes.flatMap((snapshotShape) =>
	(['object', 'string'] as const).flatMap((snapshotType) =>
		(['input_object', 'value', 'inputValue', 'data', 'spread', 'values-map'] as const).map((injectedValues) => ({ snapshotShape, snapshotType, injectedValues })),
	),
);

/** An instance with its first step completed. */
function truth() {
	const { id } = sandbox.state.createInstance(4210, { name: 'Ada' });
	sandbox.state.completeStep(id, 141_487, { 369_584: { inputValue: 'Ada Byron' } });
	return { id };
}

it.each(combinations)('$snapshotShape as $snapshotType, values in $injectedValues', async (switches) => {
	sandbox.set(switches);
	const { id } = truth();
	const { process_snapshot, active_step_ids } = await instance(id);
	const { steps, fields } = readStructure(process_snapshot);
	const stepIds = steps.map((step) => step.id);
	expect(active_step_ids.length).toBeGreaterThan(0);
	for (const active of active_step_ids) expect(stepIds).toContain(active);
	expect(new Set(stepIds).size).toBe(stepIds.length);
	const first = steps.find((step) => step.id === 141_487);
	expect(first?.completedTime).toMatch(/^\d{4}-/);
	const field = first?.fields.find((one) => one.id === 369_584);
	expect(field?.name).not.toBe('');
	expect(JSON.stringify(field?.value)).toContain('Ada Byron');
	expect(fields.length).toBeGreaterThanOrEqual(17);
});

it('reads the same steps, names and fields from every shape', async () => {
	const { id } = truth();
	const seen = [];
	for (const snapshotShape of shapes) {
		sandbox.set({ snapshotShape });
		const { steps } = readStructure((await instance(id)).process_snapshot);
		seen.push(Object.fromEntries(steps.map((step) => [step.id, [step.name, step.parentId, step.fields.map(({ id: field, name }) => [field, name]).sort()]])));
	}
	for (const other of seen) expect(other).toEqual(seen[0]);
});

it.each([
	['fields before their steps', { id: 9, actions: [{ id: 5, step_id: 2 }], steps: [{ id: 2 }] }],
	['a step that the field numbers on its own', { id: 9, steps: [{ id: 2, actions: [{ id: 5, step: 1 }] }] }],
	['a group with a form of its own', { steps: [{ id: 2, children: [{ id: 3 }], actions: [{ id: 5 }] }] }],
	['a list of steps', [{ id: 2, fields: [{ action_id: 5 }] }]],
	['steps without a known name', { parts: [{ id: 2, form_fields: [{ id: 5 }] }] }],
])('finds the step of a field: %s', (_what, snapshot) => {
	const { steps, fields } = readStructure(snapshot);
	expect(steps.filter(({ fields: own }) => own.length > 0)).toMatchObject([{ id: 2, fields: [{ id: 5 }] }]);
	expect(fields).toHaveLength(1);
});

it('recognises nothing where there is nothing to recognise, and says so by empty lists', async () => {
	sandbox.set({ snapshotShape: 'opaque' });
	expect(readStructure((await instance(truth().id)).process_snapshot)).toEqual({ steps: [], fields: [] });
});

describe('hostile snapshots', () => {
	const key = fc.oneof(fc.constantFrom('steps', 'actions', 'children', 'id', 'action_id', 'values', 'time_frames', 'steps_time_frame', '__proto__', 'constructor', 'toString', '5', '7', 'name', 'type', 'options', 'input_object', 'required'), fc.string());
	const tree = fc.letrec((tie) => ({
		node: fc.oneof({ depthSize: 'medium', withCrossShrink: true }, fc.oneof(fc.nat(9), fc.constantFrom('7', 'x', '', null, true, '2026-01-01T00:00:00Z')), fc.array(tie('node'), { maxLength: 4 }), fc.dictionary(key, tie('node'), { maxKeys: 5 })),
	})).node;

	const check = (snapshot: unknown) => {
		const { steps, fields } = readStructure(snapshot);
		for (const step of steps) {
			expect(Number.isSafeInteger(step.id) && step.id > 0 && step.parentId !== step.id).toBe(true);
			expect(typeof step.name).toBe('string');
			expect(step.fields.every((field) => fields.includes(field))).toBe(true);
		}
		expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
		expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
		expect(fields.every(({ choices }) => choices.every((choice) => typeof choice === 'string'))).toBe(true);
		expect(Object.getPrototypeOf({})).toBe(Object.prototype);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
	};

	it('never makes it throw: any JSON', () => {
		fc.assert(fc.property(fc.jsonValue({ maxDepth: 10 }), check));
		fc.assert(fc.property(fc.jsonValue().map((value) => JSON.stringify(value)), check));
	});

	it('never makes it throw: junk in its own words', () => {
		fc.assert(fc.property(tree, check), { numRuns: 500 });
	});

	it.each(['steps', 'children', 'actions', 'time_frame', 'steps_time_frame', 'values', 'options', 'x'])('nested without end in "%s"', (name) => {
		const levels = 20_000;
		check(`${`{"id":7,"${name}":`.repeat(levels)}{}${'}'.repeat(levels)}`);
		check(`${`{"steps":[{"id":7,"${name}":`.repeat(levels)}{}${'}]}'.repeat(levels)}`);
	});

	it('keeps off the prototype', () => {
		check('{"__proto__": {"polluted": 1}, "steps": [{"id": 1, "__proto__": {"polluted": 2}, "actions": [{"__proto__": {"id": 3}}]}]}');
	});

	it.each(['', '{', 'text', null, undefined, 7, true, [], '[]'])('%p holds nothing', (snapshot) => {
		expect(readStructure(snapshot)).toEqual({ steps: [], fields: [] });
	});

	it('is quick with a large one', () => {
		const steps = Array.from({ length: 300 }, (_, step) => ({ id: step + 1, actions: Array.from({ length: 100 }, (_unused, field) => ({ id: step * 100 + field + 1000, name: 'x' })) }));
		const started = performance.now();
		expect(readStructure({ steps }).fields).toHaveLength(30_000);
		expect(performance.now() - started).toBeLessThan(2_000);
	});
});

it('parses a snapshot that came as text', () => {
	expect(parseSnapshot('{"a":1}')).toEqual({ a: 1 });
	expect(parseSnapshot({ a: 1 })).toEqual({ a: 1 });
	expect(parseSnapshot('{')).toBeUndefined();
});
