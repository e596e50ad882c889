/** Get Many: filters, order, pages, details. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INodeParameters } from 'n8n-workflow';
import { done, failed, FIRST_STEP, FULL_NAME, hurried, jsonOf, ONBOARDING, useBench } from './support.mts';

const bench = useBench();
const { run, sent, instance } = bench;

const workflowId = String(ONBOARDING);
const all = { workflowId, returnAll: true };

/** Fills the workflow up to that many instances. */
function fill(size: number) {
	for (let index = bench.sandbox.state.instancesOf(ONBOARDING).length; index < size; index++) {
		instance({ name: `No ${index}`, startedTime: new Date(Date.UTC(2026, 0, 1) + index * 60_000) });
	}
}

const FILTERS: Array<[string, INodeParameters, string, string]> = [
	['name', { name: 'Jane & co' }, 'name', 'Jane & co'],
	['status', { status: 'running' }, 'status', 'running'],
	['priority', { priority: 'V' }, 'priority', 'V'],
	['tags', { tags: ['a', 'b c'] }, 'tags', 'a,b c'],
	['tags by expression', { tags: '={{ ["a", "b"] }}' }, 'tags', 'a,b'],
	['activeStepId', { activeStepId: '={{ 141487 }}' }, 'active_step_id', '141487'],
	['totalRuntimeMin', { totalRuntimeMin: '01 09:30' }, 'total_runtime_min', '01 09:30'],
	['totalRuntimeMax', { totalRuntimeMax: ' PT90M ' }, 'total_runtime_max', 'PT90M'],
	['progressMin', { progressMin: 0 }, 'progress_min', '0'],
	['progressMax', { progressMax: '={{ 0.5 }}' }, 'progress_max', '0.5'],
	...['started', 'completed', 'aborted', 'ended'].flatMap((name) => times(name, `${name}_time`)),
	...times('lastUpdated', 'last_updated_time'),
	...times('deadline', 'deadline'),
	...times('stepDeadline', 'step_deadline'),
];

function times(name: string, wire: string): typeof FILTERS {
	return [
		[`${name}After`, { [`${name}After`]: '2026-11-01T00:00:00' }, `${wire}_after`, '2026-11-01T04:00:00Z'],
		[
			`${name}Before`,
			{ [`${name}Before`]: '={{ DateTime.fromISO("2026-11-01T00:00:00Z") }}' },
			`${wire}_before`,
			'2026-11-01T00:00:00Z',
		],
	];
}

describe.each<[string, INodeParameters]>([
	['instance.getAll', {}],
	['formField.getAll', { stepId: String(FIRST_STEP), actionId: String(FULL_NAME) }],
])('filters of %s', (operation, place) => {
	it.each(FILTERS)('%s', async (_name, filters, wire, value) => {
		await done(run(operation, { workflowId, ...place, filters }));
		const [{ query }] = sent('GET');
		const { ordering, page_size, limit, ...rest } = query;
		expect(rest).toEqual({ [wire]: value });
		expect(page_size).toBe('50');
		expect(limit).toBe('50');
		expect(ordering).toBe('-started_time');
	});

	it('sends all at once, and no empty one', async () => {
		const filters = Object.assign({}, ...FILTERS.map(([, filter]) => filter)) as INodeParameters;
		await done(run(operation, { workflowId, ...place, filters }));
		expect(Object.keys(sent('GET')[0].query)).toHaveLength(new Set(FILTERS.map(([, , wire]) => wire)).size + 3);
		bench.sandbox.reset();
		const empty = Object.fromEntries(Object.keys(filters).map((name) => [name, '']));
		await done(run(operation, { workflowId, ...place, filters: { ...empty, tags: [] } }));
		expect(Object.keys(sent('GET')[0].query).sort()).toEqual(['limit', 'ordering', 'page_size']);
	});
});

it('really filters', async () => {
	const names = async (filters: INodeParameters) =>
		(await done(run('instance.getAll', { ...all, filters }))).map(({ name }) => name);
	expect(await names({ status: 'aborted' })).toEqual(['Emma Laurent (withdrawn)']);
	expect(await names({ tags: ['sales', 'finance'] })).toEqual(['Sofia Garcia', 'Paul Nguyen']);
	expect(await names({ activeStepId: '141490' })).toEqual(['Paul Nguyen']);
	expect(await names({ totalRuntimeMax: 'PT10H', status: 'running' })).toEqual(['Jonas Meyer']);
});

it.each(
	[
		'name',
		'started_time',
		'last_updated_time',
		'status',
		'priority',
		'progress',
		'deadline',
		'ended_time',
		'total_runtime',
	].flatMap((key) => [key, `-${key}`]),
)('sorts by %s', async (sort) => {
	await done(run('instance.getAll', { workflowId, sort }));
	expect(sent('GET')[0].query.ordering).toBe(sort);
});

describe('pages', () => {
	it.each(['both', 'page_size', 'limit', 'none'] as const)(
		'returns 1,200 instances with as few requests as possible (size parameter: %s)',
		async (sizeParam) => {
			bench.sandbox.set({ sizeParam });
			fill(1_200);
			const rows = await done(run('instance.getAll', all));
			expect(rows).toHaveLength(1_200);
			expect(new Set(rows.map(({ id }) => id)).size).toBe(1_200);
			expect(bench.sandbox.requests).toHaveLength(sizeParam === 'none' ? 12 : 3);
		},
	);

	it.each(['clamp', 'error'] as const)('never asks for more than 500 (above: %s)', async (pageSizeAbove500) => {
		bench.sandbox.set({ pageSizeAbove500 });
		fill(700);
		expect(await done(run('instance.getAll', { workflowId, limit: 600 }))).toHaveLength(600);
		expect(bench.sandbox.requests).toHaveLength(2);
	});

	it.each([1, 5, 6, 100, 101])('stops at the limit of %i', async (limit) => {
		bench.sandbox.set({ sizeParam: limit > 100 ? 'none' : 'both' });
		fill(230);
		expect(await done(run('instance.getAll', { workflowId, limit }))).toHaveLength(limit);
		expect(bench.sandbox.requests).toHaveLength(limit > 100 ? 2 : 1);
	});

	it.each(['shuffled', 'id', 'name'] as const)(
		'misses none when the service has no order of its own (%s)',
		async (defaultOrdering) => {
			bench.sandbox.set({ defaultOrdering, sizeParam: 'none' });
			fill(350);
			const expected = bench.sandbox.state
				.instancesOf(ONBOARDING)
				.map(({ id }) => id)
				.sort();
			const rows = await done(run('instance.getAll', all));
			expect(rows.map(({ id }) => id).sort()).toEqual(expected);
			const place = { stepId: String(FIRST_STEP), actionId: String(FULL_NAME) };
			const values = await done(run('formField.getAll', { ...all, ...place }));
			expect(values.map(({ instanceId }) => instanceId).sort()).toEqual(expected);
		},
	);

	it('gives an instance once that moved to the next page meanwhile', async () => {
		fill(150);
		bench.sandbox.set({ sizeParam: 'none' });
		const { requests } = bench.sandbox;
		const running = run('instance.getAll', all);
		// A new instance appears in front after the first page.
		const watch = setInterval(() => {
			if (requests.length !== 1 || requests[0].status !== 200) return;
			clearInterval(watch);
			instance({ name: 'New' });
		}, 0);
		const ids = jsonOf(await running).map(({ id }) => id);
		clearInterval(watch);
		expect(new Set(ids).size).toBe(ids.length);
		expect(ids.length).toBeGreaterThanOrEqual(150);
	});

	it('reads a page again after a failure', async () => {
		fill(1_100);
		bench.sandbox.faults.add({ kind: 'cut', match: { path: 'page=2' } });
		expect(await hurried(async () => await done(run('instance.getAll', all)))).toHaveLength(1_100);
	});
});

describe('a next page on another server', () => {
	let other: Server;
	const received: string[] = [];
	const origin = () => `http://127.0.0.1:${(other.address() as AddressInfo).port}`;

	beforeAll(async () => {
		other = createServer((request, response) => {
			received.push(`${request.method} ${request.url}`);
			response.end('{"results": []}');
		});
		await new Promise<void>((ready) => other.listen(0, '127.0.0.1', ready));
	});
	afterAll(() => other.close());
	afterEach(() => {
		expect(received).toEqual([]);
	});

	it('is never contacted', async () => {
		for (const nextOrigin of [
			origin(),
			origin().replace('127.0.0.1', 'localhost'),
			origin().replace('http', 'https'),
			'http://user:pass@127.0.0.1',
			bench.sandbox.url.replace('//', '//evil@'),
		]) {
			bench.sandbox.reset();
			bench.sandbox.set({ nextOrigin });
			fill(600);
			const { message, description } = await failed(run('instance.getAll', all));
			expect(message).toContain('leads to another server and was not followed');
			expect(description).toContain("Check 'Base URL'");
			expect(bench.sandbox.requests).toHaveLength(1);
		}
	});

	it('does not matter while it is not needed', async () => {
		bench.sandbox.set({ nextOrigin: origin() });
		fill(600);
		expect(await done(run('instance.getAll', { workflowId, limit: 500 }))).toHaveLength(500);
		const { results } = await bench.engine.listSearch('searchInstances', {
			parameters: { resource: 'instance', operation: 'get', workflowId },
		});
		expect(results).toHaveLength(100);
	});
});

describe('details', () => {
	it('are read side by side, in the order of the list', async () => {
		fill(40);
		bench.sandbox.set({ latencyMs: 20 });
		const options = { includeDetails: true, concurrency: 8 };
		const rows = await done(run('instance.getAll', { ...all, sort: 'name', options }));
		const names = rows.map(({ name }) => name);
		expect(names).toEqual([...names].sort());
		expect(rows.every(({ activeStepIds }) => Array.isArray(activeStepIds))).toBe(true);
		expect(bench.sandbox.requests).toHaveLength(41);
		expect(Math.max(...bench.sandbox.requests.map(({ inFlight }) => inFlight))).toBe(8);
	});

	it('leave an instance that is deleted meanwhile as its row', async () => {
		bench.sandbox.faults.add({ kind: 'status', status: 404, match: { path: '/instances/88002/' } });
		const rows = await done(run('instance.getAll', { ...all, options: { includeDetails: true } }));
		expect(rows).toHaveLength(5);
		expect(rows.find(({ id }) => id === 88002)).toEqual({
			id: 88002,
			name: 'Paul Nguyen',
			status: 'running',
			workflowId: ONBOARDING,
		});
	});

	it('fail as a whole when one cannot be read', async () => {
		bench.sandbox.faults.add({ kind: 'status', status: 403, match: { path: '/instances/88002/' } });
		const { message } = await failed(run('instance.getAll', { ...all, options: { includeDetails: true } }));
		expect(message).toContain('(403)');
	});

	it('are whole instances without simplify', async () => {
		const [row] = await done(
			run('instance.getAll', {
				...all,
				simplify: false,
				limit: 1,
				options: { includeDetails: true, includeValues: true },
			}),
		);
		expect(row).toHaveProperty('process_snapshot');
		expect(sent('GET').at(-1)?.query).toEqual({ inject_values: 'true' });
	});
});

it.each([
	['instance.getAll', {}],
	['formField.getAll', { stepId: String(FIRST_STEP), actionId: String(FULL_NAME) }],
] as Array<[string, INodeParameters]>)('%s explains a list that took too long', async (operation, place) => {
	bench.sandbox.faults.add({ kind: 'status', status: 504, html: true, times: 'always' });
	const { message, description } = await hurried(async () => await failed(run(operation, { ...all, ...place })));
	expect(message).toContain('took longer than 60 seconds for the list (504)');
	expect(description).toContain("'Started After'");
});

it.each(['documented', 'capitalized', 'uppercase'] as const)(
	'writes the status as documented (%s)',
	async (statusNames) => {
		bench.sandbox.set({ statusNames });
		const rows = await done(run('instance.getAll', all));
		expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['running', 'completed', 'aborted']));
	},
);
