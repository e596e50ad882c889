/** Event by event and disturbance by disturbance: what was given, lost and doubled. Writes docs/trigger-matrix.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENTS, MINUTE, World, type EventName, type Trigger } from './world.mts';

const FILE = join(__dirname, '../../../docs/trigger-matrix.md');

let world: World;

beforeAll(async () => {
	world = await World.create('set');
});

afterAll(async () => await world?.close());

/** Lets the event happen to so many instances; gives their IDs. `pool`: prepared ones, used up from the front. */
function occur(event: EventName, pool: number[], count: number): number[] {
	if (event === 'instanceStarted') return world.many(count);
	const ids = pool.splice(0, count);
	for (const [index, id] of ids.entries()) world.happen(event, id, index);
	return ids;
}

/** Puts the time of what just happened back, as if it became visible late. */
function backdate(ids: number[], ms: number): void {
	for (const id of ids) {
		const instance = world.sandbox.state.instances.get(id)!;
		const at = world.sandbox.state.now() - ms * 1000;
		if (instance.completed) instance.completed = at;
		if (instance.aborted) instance.aborted = at;
		instance.started = Math.min(instance.started, at);
		instance.lastUpdated = at;
	}
}

interface Case {
	event: EventName;
	trigger: Trigger;
	pool: number[];
	given: Map<number, number>;
	poll(options?: { budget?: number }): Promise<number>;
}

/** A service with `size` instances, of which none had the event but a few, and a trigger with its base line. */
async function begin(event: EventName, size: number, parameters = {}): Promise<Case> {
	const pool = world.many(size);
	occur(event, pool, 2);
	world.clock! += 10 * MINUTE;
	const trigger = world.trigger(event, parameters);
	expect((await trigger.poll()).ids).toEqual([]);
	const given = new Map<number, number>();
	return {
		event,
		trigger,
		pool,
		given,
		async poll(options) {
			const { ids } = await trigger.poll(options);
			for (const id of ids) given.set(id, (given.get(id) ?? 0) + 1);
			return ids.length;
		},
	};
}

type Disturbance = (event: EventName) => Promise<{ given: Map<number, number>; expected: number[] }>;

const disturbances: Record<string, Disturbance> = {
	async 'none: events between polls'(event) {
		const c = await begin(event, 20);
		const expected: number[] = [];
		for (let round = 0; round < 4; round++) {
			expected.push(...occur(event, c.pool, 3));
			await c.poll();
			await c.poll();
			world.clock! += MINUTE;
		}
		return { ...c, expected };
	},
	async 'n8n crashes and restarts between all polls'(event) {
		const c = await begin(event, 20);
		const expected: number[] = [];
		for (let round = 0; round < 4; round++) {
			expected.push(...occur(event, c.pool, 3));
			await c.poll();
			c.trigger.crash();
			await c.poll();
			c.trigger.crash();
			world.clock! += MINUTE;
		}
		return { ...c, expected };
	},
	async '1,200 events between two polls'(event) {
		const c = await begin(event, 1_300);
		const expected: number[] = [];
		for (let part = 0; part < 12; part++) {
			expected.push(...occur(event, c.pool, 100));
			world.clock! += 20_000;
		}
		for (let round = 0; round < 4; round++) await c.poll();
		return { ...c, expected };
	},
	async '600 events, all at the same instant'(event) {
		const c = await begin(event, 650);
		const expected = occur(event, c.pool, 600);
		for (let round = 0; round < 4; round++) await c.poll();
		return { ...c, expected };
	},
	async 'pages of 100 rows only, whatever is asked for'(event) {
		world.sandbox.set({ sizeParam: 'none' });
		const c = await begin(event, 450);
		const expected: number[] = [];
		for (let part = 0; part < 4; part++) {
			expected.push(...occur(event, c.pool, 100));
			world.clock! += 20_000;
			if (part % 2) await c.poll();
		}
		for (let round = 0; round < 4; round++) await c.poll();
		return { ...c, expected };
	},
	async 'instances deleted while the pages are read'(event) {
		world.sandbox.set({ sizeParam: 'none' });
		const c = await begin(event, 520);
		const first = occur(event, c.pool, 100);
		const victims = [...first];
		world.clock! += 1_000;
		const expected: number[] = [];
		for (let part = 0; part < 8; part++) {
			expected.push(...occur(event, c.pool, 40));
			world.clock! += 1_000;
		}
		// Those that are left would move up, past the border of a page.
		world.always(() => world.sandbox.state.delete(victims.shift() ?? 0));
		for (let round = 0; round < 5; round++) await c.poll();
		expected.push(...first.filter((id) => world.sandbox.state.instances.has(id)));
		return { ...c, expected };
	},
	async 'more events while a poll is reading'(event) {
		world.sandbox.set({ sizeParam: 'none' });
		const c = await begin(event, 520);
		const expected = occur(event, c.pool, 250);
		world.always((count) => {
			world.clock! += 50;
			if (count < 20) expected.push(...occur(event, c.pool, 1));
		});
		for (let round = 0; round < 4; round++) await c.poll();
		world.calm();
		for (let round = 0; round < 4; round++) await c.poll();
		return { ...c, expected };
	},
	async 'outage: each request fails once, in turn'(event) {
		const c = await begin(event, 60, { options: { includeDetails: true } });
		const expected: number[] = [];
		for (let nth = 1; nth <= 10; nth++) {
			expected.push(...occur(event, c.pool, 2));
			world.clock! += MINUTE;
			const kind = nth % 2 ? { kind: 'rate-limit' as const, retryAfter: 900 } : { kind: 'status' as const, status: 400 };
			const outcome = await c.trigger.failingPoll({ ...kind, match: { nth }, times: 'always' });
			for (const id of outcome?.ids ?? []) c.given.set(id, (c.given.get(id) ?? 0) + 1);
		}
		for (let round = 0; round < 4; round++) await c.poll();
		return { ...c, expected };
	},
	async 'outage of three days'(event) {
		const c = await begin(event, 700);
		const expected: number[] = [];
		for (let hour = 0; hour < 72; hour += 6) {
			expected.push(...occur(event, c.pool, 50));
			world.clock! += 6 * 60 * MINUTE;
			await c.trigger.failingPoll({ kind: 'status', status: 401, times: 'always' });
		}
		for (let round = 0; round < 4; round++) await c.poll();
		return { ...c, expected };
	},
	async 'the time of each poll runs out, with details'(event) {
		const c = await begin(event, 60, { options: { includeDetails: true } });
		const expected = [...occur(event, c.pool, 20)];
		world.clock! += 1_000;
		expected.push(...occur(event, c.pool, 20));
		for (let round = 0; round < 14; round++) await c.poll({ budget: 0 });
		return { ...c, expected };
	},
	async 'times in whole seconds'(event) {
		world.sandbox.set({ timePrecision: 'seconds' });
		const c = await begin(event, 60);
		const expected: number[] = [];
		for (let round = 0; round < 10; round++) {
			expected.push(...occur(event, c.pool, 2));
			world.clock! += 300;
			await c.poll();
		}
		for (let round = 0; round < 4; round++) await c.poll();
		return { ...c, expected };
	},
	async 'events that become visible up to 4 minutes late'(event) {
		const c = await begin(event, 60);
		const expected: number[] = [];
		for (let round = 0; round < 6; round++) {
			expected.push(...occur(event, c.pool, 2));
			await c.poll();
			const late = occur(event, c.pool, 2);
			backdate(late, 4 * MINUTE);
			expected.push(...late);
			await c.poll();
			world.clock! += 10_000;
		}
		for (let round = 0; round < 4; round++) await c.poll();
		return { ...c, expected };
	},
	async 'the service’s clock is hours off'(event) {
		const given = new Map<number, number>();
		const expected: number[] = [];
		for (const hours of [-7, 5]) {
			world.sandbox.set({ clockSkewMs: hours * 60 * MINUTE });
			const c = await begin(event, 20);
			expected.push(...occur(event, c.pool, 3));
			for (let round = 0; round < 3; round++) await c.poll();
			for (const [id, times] of c.given) given.set(id, (given.get(id) ?? 0) + times);
		}
		return { given, expected };
	},
	async 'a poll begins while the one before is under way'(event) {
		const c = await begin(event, 20);
		const expected = occur(event, c.pool, 5);
		world.sandbox.set({ latencyMs: 20 });
		// The second one has the state of the first, as it is in n8n.
		await Promise.all([c.poll(), new Promise((done) => setTimeout(done, 10)).then(async () => await c.poll())]);
		world.sandbox.set({ latencyMs: 0 });
		for (let round = 0; round < 3; round++) await c.poll();
		return { ...c, expected };
	},
};

const lines: string[] = [];
const quiet = new Map<EventName, number[]>();

describe.each(Object.entries(disturbances))('%s', (name, disturb) => {
	it.each(EVENTS)('%s', async (event) => {
		world.reset();
		world.clock = Date.parse('2026-11-22T09:00:00Z');
		const { given, expected } = await disturb(event);
		const lost = expected.filter((id) => !given.has(id)).length;
		const others = [...given.keys()].filter((id) => !expected.includes(id) && world.sandbox.state.instances.has(id));
		const doubled = [...given.values()].filter((times) => times > 1).length;
		expect({ lost, doubled, others }).toEqual({ lost: 0, doubled: 0, others: [] });
		expect(expected.length).toBeGreaterThan(0);
		lines.push(`| ${event} | ${name} | ${expected.length} | ${lost} | ${doubled} |`);
	}, 60_000);
});

describe('a poll when nothing happened', () => {
	it.each(EVENTS)('%s', async (event) => {
		const costs: number[] = [];
		for (const size of [5, 600, 3_000]) {
			world.reset();
			world.clock = Date.parse('2026-11-22T09:00:00Z');
			const pool = world.many(size);
			// All of them had the event, at the same instant: there is no more difficult base line.
			if (event !== 'instanceStarted') for (const [index, id] of pool.entries()) world.happen(event, id, index);
			const trigger = world.trigger(event);
			await trigger.poll();
			let most = 0;
			for (let round = 0; round < 5; round++) most = Math.max(most, (await trigger.poll()).requests);
			costs.push(most);
		}
		expect(Math.max(...costs)).toBeLessThanOrEqual(2);
		quiet.set(event, costs);
	}, 60_000);
});

it('is what the documentation says', () => {
	const text = `# Trigger: what was given, lost and doubled

Written by the tests (\`test/engine/trigger/matrix.test.cts\`), which compare it with what they find.
"Given" counts the events that happened after the base line. Those of instances that were deleted meanwhile are not counted.

## Requests of a poll when nothing happened

| event | 5 instances | 600 | 3,000 |
|---|---|---|---|
${EVENTS.map((event) => `| ${event} | ${quiet.get(event)?.join(' | ')} |`).join('\n')}

## Disturbances

| event | disturbance | given | lost | doubled |
|---|---|---|---|---|
${lines.join('\n')}
`;
	if (process.env.UPDATE_DOCS === '1') writeFileSync(FILE, text);
	expect(readFileSync(FILE, 'utf8')).toBe(text);
});
