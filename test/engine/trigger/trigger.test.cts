/** The trigger as its user meets it: samples, parameters, filters, details, messages. */
import { EVENTS, FIELD, MINUTE, STEPS, WORKFLOW, World, type EventName } from './world.mts';

let world: World;

beforeAll(async () => {
	world = await World.create();
});

beforeEach(() => world.reset());

afterAll(async () => await world?.close());

/** An instance that has had the event. */
function example(event: EventName, options: object = {}): number {
	const { id } = world.create({ name: 'Ada', ...options });
	if (event !== 'instanceStarted') world.happen(event, id);
	return id;
}

describe('a test run in the editor', () => {
	it.each(EVENTS)('shows a real sample and moves nothing: %s', async (event) => {
		const id = example(event);
		const trigger = world.trigger(event);
		const sample = await trigger.poll({ mode: 'manual' });
		expect(sample.ids).toEqual([id]);
		expect(sample.items[0]).toMatchObject({ event, id, name: 'Ada', workflowId: WORKFLOW });
		expect(trigger.staticData).toEqual({});

		await trigger.poll();
		const another = example(event);
		const { staticData } = trigger;
		await trigger.poll({ mode: 'manual' });
		expect(trigger.staticData).toBe(staticData);
		expect((await trigger.poll()).ids).toEqual([another]);
	});

	it.each(EVENTS)('says when there is none: %s', async (event) => {
		await expect(world.trigger(event).poll({ mode: 'manual' })).rejects.toMatchObject({
			message: 'There is no instance yet that could serve as a sample',
			description: expect.stringContaining('Start an instance'),
		});
	});
});

it.each(EVENTS)('gives the same output in a test run and for an event, with details: %s', async (event) => {
	const trigger = world.trigger(event, { options: { includeDetails: true } });
	await trigger.poll();
	const id = example(event, { tags: ['hr'], priority: 'H' });
	const [item] = (await trigger.poll()).items;
	expect(item).toMatchObject({ event, id, name: 'Ada', tags: ['hr'], priority: 'H', startedTime: expect.any(String) });
	expect((await trigger.poll({ mode: 'manual' })).items).toEqual([item]);
});

it('reads details with at most one request for each event and a few more', async () => {
	const trigger = world.trigger('instanceStarted', { options: { includeDetails: true } });
	await trigger.poll();
	world.many(40);
	const { ids, requests } = await trigger.poll();
	expect(ids).toHaveLength(40);
	expect(requests).toBeLessThanOrEqual(42);
	expect(Math.max(...world.sandbox.requests.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(5);
});

it.each(EVENTS)('gives only instances that meet the filters: %s', async (event) => {
	const filters = { tags: ['hr', 'it'], priority: 'V', name: 'ada' };
	const trigger = world.trigger(event, { filters });
	await trigger.poll();
	example(event);
	example(event, { tags: ['hr'] });
	example(event, { tags: ['hr'], priority: 'V', name: 'Bob' });
	const fitting = example(event, { tags: ['it'], priority: 'V' });
	expect((await trigger.poll()).ids).toEqual([fitting]);
	expect((await trigger.poll()).ids).toEqual([]);
});

it('names the value of the field, also when it is emptied', async () => {
	const { id } = world.create({ name: 'Ada' });
	const trigger = world.trigger('fieldValueChanged');
	await trigger.poll();
	const values = [];
	for (const inputValue of ['a', 'b', '']) {
		world.sandbox.state.setFieldValue(id, FIELD, { inputValue });
		values.push(...(await trigger.poll()).items.map((item) => item.value));
	}
	expect(values).toHaveLength(3);
	expect(values.slice(0, 2)).toEqual(['a', 'b']);
});

it('finds a saved value among many instances when saving changes no time', async () => {
	const ids = world.many(1_600, { startedTime: new Date(Date.now() - 60 * MINUTE) });
	const trigger = world.trigger('fieldValueChanged');
	await trigger.poll();
	const instance = world.sandbox.state.instances.get(ids[1_200])!;
	instance.values.set(FIELD, { inputValue: 'saved' });
	const found = [];
	for (let round = 0; round < 4; round++) found.push(...(await trigger.poll()).ids);
	expect(found).toEqual([instance.id]);
});

it('finds who entered a long list at its end while another left', async () => {
	const ids = world.many(1_100);
	const overdue = (id: number, hours: number) => world.setDeadline(id, new Date(Date.now() - hours * 60 * MINUTE));
	for (const id of ids.slice(0, 1_099)) overdue(id, 1);
	const trigger = world.trigger('deadlineOverdue');
	await trigger.poll();
	world.sandbox.state.abort(ids[3]);
	overdue(ids[1_099], 9_000);
	const found = [];
	for (let round = 0; round < 4; round++) found.push(...(await trigger.poll()).ids);
	expect(found).toEqual([ids[1_099]]);
});

it('does not repeat an overdue instance after the clock of n8n was put right', async () => {
	const { id } = world.create({ deadline: new Date(Date.now() + 30 * MINUTE) });
	const trigger = world.trigger('deadlineOverdue');
	await trigger.poll();
	const now = jest.spyOn(Date, 'now');
	const ahead = performance.timeOrigin + performance.now() + 60 * MINUTE;
	now.mockImplementation(() => ahead);
	expect((await trigger.poll()).ids).toEqual([id]);
	now.mockRestore();
	const next = world.create({ deadline: new Date(Date.now() + 20 * MINUTE) }).id;
	expect((await trigger.poll()).ids).toEqual([]);
	world.setDeadline(next, new Date(Date.now() - MINUTE));
	expect((await trigger.poll()).ids).toEqual([next]);
	expect((await trigger.poll()).ids).toEqual([]);
});

it.each<[string, object]>([
	['another event', { event: 'instanceEnded' }],
	['another filter', { filters: { name: 'A' } }],
	['another step', { event: 'stepActivated', stepId: String(STEPS[0]) }],
])('starts anew with %s', async (_name, parameters) => {
	const trigger = world.trigger('stepActivated');
	await trigger.poll();
	example('instanceCompleted');
	example('instanceStarted');
	trigger.parameters = { ...trigger.parameters, ...parameters };
	expect((await trigger.poll()).ids).toEqual([]);
});

it('keeps its place when only the details are switched on', async () => {
	const trigger = world.trigger('instanceStarted');
	await trigger.poll();
	const id = example('instanceStarted');
	trigger.parameters = { ...trigger.parameters, options: { includeDetails: true } };
	expect((await trigger.poll()).ids).toEqual([id]);
});

it.each<[object, RegExp]>([
	[{ workflowId: '' }, /Workflow/],
	[{ workflowId: 'abc' }, /'Workflow' is not a whole number: "abc"/],
	[{ workflowId: '../instances' }, /'Workflow' is not a whole number/],
	[{ event: 'stepActivated', stepId: 'x' }, /'Step' is not a whole number: "x"/],
	[{ event: 'fieldValueChanged', stepId: '1', actionId: '1.5' }, /'Form Field' is not a whole number: "1.5"/],
	[{ filters: { tags: ['a,b'] } }, /'Tags' has a comma/],
])('checks its parameters before anything is sent: %j', async (parameters, message) => {
	const trigger = world.trigger('instanceStarted', parameters as never);
	await expect(trigger.poll()).rejects.toThrow(message);
	expect(world.sandbox.requests).toHaveLength(0);
});

it.each<[string, object, RegExp]>([
	['a revoked key', { keyState: 'revoked' }, /did not accept the credential \(401\)/],
	['a refused key', { keyState: 'revoked', authFailureStatus: 403 }, /refused access \(403\)/],
])('says what is wrong without naming the key: %s', async (_name, switches, message) => {
	world.sandbox.set({ echoAuth: true, ...switches });
	const failed = await world.trigger('instanceStarted').poll().catch((error: Error) => error);
	expect(failed).toMatchObject({ message: expect.stringMatching(message) });
	expect(JSON.stringify(failed, Object.getOwnPropertyNames(failed))).not.toContain(world.sandbox.apiKey.split('.')[1]);
	expect((failed as Error).message).not.toContain('item');
});

it('says that the workflow or the field does not exist', async () => {
	await expect(world.trigger('instanceStarted', { workflowId: '99' }).poll()).rejects.toThrow("The workflow in 'Workflow' does not exist (404)");
	await expect(world.trigger('fieldValueChanged', { actionId: '99' }).poll()).rejects.toThrow("The form field in 'Form Field' does not exist");
});

it('waits out what is soon over, and goes on where it was after what is not', async () => {
	const trigger = world.trigger('instanceStarted');
	await trigger.poll();
	const id = example('instanceStarted');
	world.sandbox.faults.add({ kind: 'status', status: 503 });
	world.sandbox.faults.add({ kind: 'cut' });
	expect((await trigger.poll()).ids).toEqual([id]);
	const { staticData } = trigger;
	expect(await trigger.failingPoll({ kind: 'rate-limit', retryAfter: 900 })).toBeUndefined();
	expect(trigger.staticData).toBe(staticData);
});

it('keeps microseconds: a change right after the last one is not missed', async () => {
	const ids = world.many(3);
	const trigger = world.trigger('instanceUpdated');
	await trigger.poll();
	const { state } = world.sandbox;
	const at = state.now();
	for (const [index, id] of ids.entries()) state.instances.get(id)!.lastUpdated = at + index;
	expect((await trigger.poll()).ids.sort()).toEqual(ids);
	state.instances.get(ids[0])!.lastUpdated = at + 3;
	expect((await trigger.poll()).ids).toEqual([ids[0]]);
});
