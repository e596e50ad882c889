// What is measured. Each scenario brings the sandbox into a state, lets every contender loose on it, and reads
// from the sandbox what became of it.
import type { Json } from '../scripts/n8n-instance.mts';
import { environment } from '../test/n8n/environment.mts';
import { WORKFLOW } from '../test/n8n/operations.mts';
import { aggregate, batching, byId, chain, followNext, http, ours, splitOut, type Step } from './contenders.mts';
import { measure, median, type Measured } from './measure.mts';
import { polls } from './polls.mts';

export interface Scale {
	quick: boolean;
	rounds: number;
	/** For numbers of items. */
	of(full: number): number;
	/** The service's limit of 100 requests a minute, with its minute shortened. */
	limit: { limit: number; windowMs: number };
}

export interface Table {
	title: string;
	/** How the sandbox was set. */
	setting: string;
	head: string[];
	rows: string[][];
}

interface Contender {
	name: string;
	steps: Step[];
}

export const seconds = (ms: number) => (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
export const perSecond = (count: number, ms: number) => (count / (ms / 1000)).toFixed(0);

/** Runs all contenders in turn, so that noise on the machine meets all of them, and takes each one's median. */
async function compete<Extra>(
	{ rounds }: Scale,
	contenders: Contender[],
	prepare: () => Json[],
	judge: () => Extra,
): Promise<Array<{ name: string; run: Measured & Extra }>> {
	const runs = contenders.map((): Array<Measured & Extra> => []);
	for (let round = 0; round < rounds; round++) {
		for (const [index, { name, steps }] of contenders.entries()) {
			environment().sandbox.reset();
			const items = prepare();
			const measured = await measure(chain(items, steps));
			runs[index]!.push({ ...measured, ...judge() });
			process.stderr.write(`  ${name}: ${seconds(measured.ms)} s, ${measured.requests} requests, ${measured.status}\n`);
		}
	}
	return contenders.map(({ name }, index) => ({ name, run: median(runs[index]!) }));
}

const nameOf = (index: number) => `Hire ${String(index + 1).padStart(4, '0')}`;
const hires = (count: number): Json[] => Array.from({ length: count }, (_, index) => ({ name: nameOf(index) }));

/** Makes instances in the sandbox itself; gives an item for each. */
function existing(count: number, more: object = {}): Json[] {
	const { state } = environment().sandbox;
	return hires(count).map(({ name }) => ({ id: state.createInstance(WORKFLOW, { name: String(name), ...more }).id }));
}

const api = () => environment().sandbox.apiUrl;

const createOurs = (options: Json = {}) =>
	ours({
		resource: 'instance',
		operation: 'create',
		workflowId: byId(WORKFLOW),
		additionalFields: { name: '={{ $json.name }}' },
		simplify: true,
		options,
	});

const createHttp = (options: Json = {}, settings: Partial<Step> = {}) =>
	http(
		{
			method: 'POST',
			url: `${api()}/instances/`,
			body: `={{ JSON.stringify({ process: "${api()}/processes/${WORKFLOW}/", name: $json.name }) }}`,
			options,
		},
		settings,
	);

/** How many of the wanted instances there are, are missing, and are there more than once. */
function creations(count: number) {
	const names = [...environment().sandbox.state.instances.values()].map(({ name }) => name);
	const times = new Map<string, number>(hires(count).map(({ name }) => [String(name), 0]));
	for (const name of names) if (name !== null && times.has(name)) times.set(name, times.get(name)! + 1);
	const all = [...times.values()];
	return {
		created: all.reduce((sum, value) => sum + value, 0),
		lost: all.filter((value) => value === 0).length,
		doubled: all.reduce((sum, value) => sum + Math.max(0, value - 1), 0),
	};
}

/** What the workflow behind the node gets to see. */
const outcome = ({ status, items, failedItems }: Measured) =>
	status === 'success'
		? `${items} ${items === 1 ? 'item' : 'items'}${failedItems > 0 ? `, errors: ${failedItems}` : ''}`
		: 'stops with an error';

async function create(scale: Scale): Promise<Table> {
	const count = scale.of(300);
	const results = await compete(
		scale,
		[
			{ name: 'Next Matter', steps: [createOurs()] },
			{ name: 'Next Matter, 20 at the same time', steps: [createOurs({ concurrency: 20 })] },
			{ name: 'HTTP Request', steps: [createHttp()] },
			{ name: 'HTTP Request, batches of 50 per second', steps: [createHttp(batching(50, 1000))] },
		],
		() => {
			environment().sandbox.set({ latencyMs: 20 });
			return hires(count);
		},
		() => creations(count),
	);
	return {
		title: `Create ${count} instances`,
		setting: 'Answers after 20 ms, no limit.',
		head: ['', 'Time (s)', 'Items per s', 'Requests', 'Most at once', 'Created'],
		rows: results.map(({ name, run }) => [
			name,
			seconds(run.ms),
			perSecond(count, run.ms),
			`${run.requests}`,
			`${run.inFlight}`,
			`${run.created}`,
		]),
	};
}

async function createUnderLimit(scale: Scale): Promise<Table> {
	const count = scale.of(250);
	const { limit, windowMs } = scale.limit;
	const part = limit / 10;
	const results = await compete(
		scale,
		[
			{ name: 'Next Matter', steps: [createOurs()] },
			{ name: 'HTTP Request', steps: [createHttp()] },
			{ name: 'HTTP Request, On Error: Continue', steps: [createHttp({}, { onError: 'continueRegularOutput' })] },
			{ name: 'HTTP Request, batches as n8n suggests (50 per second)', steps: [createHttp(batching(50, 1000))] },
			{
				name: `HTTP Request, batches made for the limit (${part} per ${windowMs / 10} ms)`,
				steps: [createHttp(batching(part, windowMs / 10))],
			},
			{
				name: 'HTTP Request, Retry On Fail (5 tries, 5 s between)',
				steps: [createHttp({}, { retryOnFail: true, maxTries: 5, waitBetweenTries: 5000 })],
			},
		],
		() => {
			environment().sandbox.set({ latencyMs: 20, rateLimit: scale.limit });
			return hires(count);
		},
		() => creations(count),
	);
	return {
		title: `Create ${count} instances under a rate limit`,
		setting: `Answers after 20 ms; ${limit} requests per ${windowMs / 1000} s, then 429 with Retry-After. (The service allows 100 a minute; the minute is shortened.)`,
		head: ['', 'Created', 'Missing', 'Doubled', '429s', 'Time (s)', 'The workflow then'],
		rows: results.map(({ name, run }) => [
			name,
			`${run.created}`,
			`${run.lost}`,
			`${run.doubled}`,
			`${run.throttled}`,
			seconds(run.ms),
			outcome(run),
		]),
	};
}

async function getMany(scale: Scale): Promise<Table> {
	const count = scale.of(600);
	const list = (options: Json = {}) =>
		ours({
			resource: 'instance',
			operation: 'getAll',
			workflowId: byId(WORKFLOW),
			returnAll: true,
			// The seed has instances of its own.
			filters: { name: 'Hire' },
			options: { includeDetails: true, ...options },
		});
	const results = await compete(
		scale,
		[
			{ name: 'Next Matter', steps: [list()] },
			{ name: 'Next Matter, 20 at the same time', steps: [list({ concurrency: 20 })] },
			{
				name: 'HTTP Request with pagination, Split Out, HTTP Request',
				steps: [
					http({
						name: 'List',
						method: 'GET',
						url: `${api()}/processes/${WORKFLOW}/instances/`,
						query: { name: 'Hire' },
						options: followNext,
					}),
					splitOut('results'),
					http({ method: 'GET', url: `=${api()}/instances/{{ $json.id }}/` }),
				],
			},
		],
		() => {
			environment().sandbox.set({ latencyMs: 20 });
			existing(count);
			return [{}];
		},
		() => ({}),
	);
	return {
		title: `Get ${count} instances with details`,
		setting: 'Answers after 20 ms, no limit. The list has only ID, name and status: each instance is read, too.',
		head: ['', 'Time (s)', 'Items per s', 'Requests', 'Most at once', 'The workflow then'],
		rows: results.map(({ name, run }) => [
			name,
			seconds(run.ms),
			perSecond(count, run.ms),
			`${run.requests}`,
			`${run.inFlight}`,
			outcome(run),
		]),
	};
}

async function remove(scale: Scale): Promise<Table> {
	const count = scale.of(300);
	const deleteOurs = (settings: Partial<Step> = {}) =>
		ours({ resource: 'instance', operation: 'delete', instanceId: byId('={{ $json.id }}') }, settings);
	const deleteHttp = (ids: string, settings: Partial<Step> = {}) =>
		http(
			{ method: 'POST', url: `${api()}/instances/bulk/delete`, body: `={{ JSON.stringify({ ids: ${ids} }) }}` },
			settings,
		);
	const proceed = { onError: 'continueRegularOutput' as const };
	const left = () => {
		const names = [...environment().sandbox.state.instances.values()].map(({ name }) => name ?? '');
		return { left: names.filter((name) => name.startsWith('Hire ')).length };
	};
	const rows: string[][] = [];
	for (const gone of [false, true]) {
		const results = await compete(
			scale,
			[
				{ name: 'Next Matter', steps: [deleteOurs(gone ? proceed : {})] },
				{ name: 'HTTP Request, one per item', steps: [deleteHttp('[$json.id]', gone ? proceed : {})] },
				{
					name: 'Aggregate, HTTP Request',
					steps: [aggregate('id'), deleteHttp('$json.id', gone ? proceed : {})],
				},
			],
			() => {
				const { sandbox } = environment();
				sandbox.set({ latencyMs: 20 });
				const items = existing(count);
				if (gone) sandbox.state.delete(Number(items[Math.floor(count / 3)]!.id));
				return items;
			},
			left,
		);
		for (const { name, run } of results) {
			rows.push([
				name,
				gone ? 'one is gone already' : 'all are there',
				`${run.requests}`,
				seconds(run.ms),
				`${run.left}`,
				outcome(run),
			]);
		}
	}
	return {
		title: `Delete ${count} instances`,
		setting:
			'Answers after 20 ms, no limit. A bulk call with an unknown ID is refused as a whole. With one gone: On Error: Continue.',
		head: ['', 'Case', 'Requests', 'Time (s)', 'Left over', 'The workflow then'],
		rows,
	};
}

async function updateTags(scale: Scale): Promise<Table> {
	const count = scale.of(100);
	const { users } = environment().sandbox.state;
	const before = () => ({
		deadline: '2027-01-31T12:00:00Z',
		priority: 'V' as const,
		tags: ['old'],
		stepAssignments: [{ step_id: 141487, user_id: users[0]!.id }],
	});
	const blanked = () => {
		const { state } = environment().sandbox;
		const all = [...state.instances.values()].map((instance) => state.view(instance)).slice(-count);
		const empty = all.flatMap(({ name, deadline, priority, stepAssignments }) =>
			[name, deadline, priority, stepAssignments.length > 0].filter((value) => !value),
		);
		return {
			blanked: empty.length,
			tagged: all.filter(({ tags }) => tags.includes('new')).length,
			kept: all.filter(({ tags }) => tags.includes('old')).length,
		};
	};
	const put = (fields: string) =>
		http({
			method: 'PUT',
			url: `=${api()}/instances/{{ $json.id }}/`,
			body: `={{ JSON.stringify({ process: "${api()}/processes/${WORKFLOW}/", ${fields} }) }}`,
		});
	const results = await compete(
		scale,
		[
			{
				name: 'Next Matter, Tags Mode: Add',
				steps: [
					ours({
						resource: 'instance',
						operation: 'update',
						instanceId: byId('={{ $json.id }}'),
						updateFields: { tags: ['new'], tagsMode: 'add' },
						simplify: true,
					}),
				],
			},
			{ name: 'HTTP Request (PUT with the tags)', steps: [put('tags: ["new"]')] },
			{
				name: 'HTTP Request (GET), HTTP Request (PUT with everything, written by hand)',
				steps: [
					http({ name: 'Read', method: 'GET', url: `=${api()}/instances/{{ $json.id }}/` }),
					put(
						'name: $json.name, deadline: $json.deadline, priority: $json.priority, step_assignments: $json.step_assignments, tags: [...$json.tags, "new"]',
					),
				],
			},
		],
		() => {
			environment().sandbox.set({ latencyMs: 20, putBlanksOmitted: true });
			return existing(count, before());
		},
		blanked,
	);
	return {
		title: `Add a tag to ${count} instances`,
		setting:
			'Answers after 20 ms, no limit. PUT empties what is left out. Each instance has a name, a deadline, a priority, a step assignment and a tag.',
		head: ['', 'Fields emptied', 'Have the new tag', 'Kept the old tag', 'Requests', 'Time (s)'],
		rows: results.map(({ name, run }) => [
			name,
			`${run.blanked}`,
			`${run.tagged}`,
			`${run.kept}`,
			`${run.requests}`,
			seconds(run.ms),
		]),
	};
}

async function concurrency(scale: Scale): Promise<Table> {
	const count = scale.of(250);
	const values = [1, 5, 10, 20];
	const contenders = [
		...values.map((value) => ({ name: `${value}`, steps: [createOurs({ concurrency: value })] })),
		{ name: 'HTTP Request', steps: [createHttp()] },
	];
	const runs = [];
	for (const rateLimit of [null, scale.limit]) {
		runs.push(
			await compete(
				scale,
				contenders,
				() => {
					environment().sandbox.set({ latencyMs: 100, rateLimit });
					return hires(count);
				},
				() => creations(count),
			),
		);
	}
	const [free, limited] = runs as [(typeof runs)[0], (typeof runs)[0]];
	const { limit, windowMs } = scale.limit;
	return {
		title: `How many at the same time (${count} instances created)`,
		setting: `Answers after 100 ms; without a limit, and with ${limit} requests per ${windowMs / 1000} s.`,
		head: [
			'Max Concurrent Requests',
			'No limit: time (s)',
			'items per s',
			'Limit: time (s)',
			'429s',
			'Missing',
			'Doubled',
		],
		rows: free.map(({ name, run }, index) => {
			const other = limited[index]!.run;
			return [
				name,
				seconds(run.ms),
				perSecond(count, run.ms),
				seconds(other.ms),
				`${other.throttled}`,
				`${other.lost}`,
				`${other.doubled}`,
			];
		}),
	};
}

export const scenarios: Record<string, (scale: Scale) => Promise<Table>> = {
	create,
	limit: createUnderLimit,
	getMany,
	delete: remove,
	update: updateTags,
	polls,
	concurrency,
};
