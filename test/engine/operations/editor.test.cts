/** What the editor asks for while a person fills in the node: lists, and the form of a step. */
import type { INodeListSearchResult, INodeParameters } from 'n8n-workflow';
import { switchTable } from '../../../sandbox/next-matter/switches.mts';
import { done, FIRST_STEP, FULL_NAME, hurried, useBench } from './support.mts';

const bench = useBench();
const { run, calls, sent, instance } = bench;

const list = (
	method: string,
	parameters: INodeParameters = {},
	more: { filter?: string; paginationToken?: string; credentials?: object } = {},
) =>
	bench.engine.listSearch(method, {
		parameters: { resource: 'step', operation: 'complete', ...parameters },
		...more,
	} as never);
const form = (parameters: INodeParameters) =>
	bench.engine.resourceMapperFields('getFormFields', {
		parameters: { resource: 'step', operation: 'complete', inputMode: 'mapper', ...parameters },
	});

const names = ({ results }: INodeListSearchResult) => results.map(({ name }) => name);
/** What the editor shows in the place of a list: the message of the error alone. */
const adviceOf = async (listing: Promise<INodeListSearchResult>) =>
	await listing.then(
		({ results }) => `a list of ${results.length}`,
		({ message }: Error) => message,
	);

/** A credential of its own, so that nothing is remembered for it. */
const stranger = () => ({
	nextMatterApi: {
		apiKey: ` ${bench.sandbox.apiKey}`,
		baseUrl: bench.sandbox.apiUrl.replace('127.0.0.1', HOSTS.pop() ?? ''),
	},
});
/** Other ways to write the same address. */
const HOSTS = ['127.1', '127.0.1'];

describe('workflows', () => {
	it('come from the list where the API has one, paged and searched', async () => {
		bench.sandbox.set({ processList: true });
		expect(names(await list('searchWorkflows'))).toEqual([
			'Employee onboarding',
			'Purchase approval',
			'Customer site visit',
		]);
		for (let id = 7000; id < 7150; id++) bench.sandbox.state.addWorkflow({ id, name: `Flow ${id}`, steps: [] });
		const first = await list('searchWorkflows');
		expect(first.results).toHaveLength(100);
		const second = await list('searchWorkflows', {}, { paginationToken: first.paginationToken as string });
		expect(second.results).toHaveLength(53);
		expect(second.paginationToken).toBeUndefined();
	});

	it.each(['name', 'search', 'none'] as const)('are searched by name (parameter: %s)', async (processListSearch) => {
		bench.sandbox.set({ processList: true, processListSearch });
		const { results } = await list('searchWorkflows', {}, { filter: 'PURCH' });
		expect(results).toEqual([{ name: 'Purchase approval', value: '4211', url: 'https://app.nextmatter.com' }]);
	});

	it('are those used before where it has none, the last first, with their names', async () => {
		await done(run('instance.create', { workflowId: '4211' }));
		await done(run('instance.getAll', { workflowId: '4210' }));
		const found = await list('searchWorkflows');
		expect(names(found).slice(0, 2)).toEqual(['Employee onboarding', 'Purchase approval']);
		expect(names(await list('searchWorkflows', {}, { filter: 'purch' }))[0]).toBe('Purchase approval');
	});

	it('say what to do where nothing was used yet', async () => {
		const advice = await adviceOf(list('searchWorkflows', {}, { credentials: stranger() }));
		expect(advice).toContain('gives no list of workflows here. Choose "By ID"');
	});

	it('need no names from a service that does not tell them', async () => {
		bench.sandbox.set({ processDetail: false });
		const credentials = stranger();
		await done(run('instance.getAll', { workflowId: '4212' }, { credentials }));
		expect(names(await list('searchWorkflows', {}, { credentials }))[0]).toBe('Workflow 4212');
	});
});

describe('instances', () => {
	it('are the newest of the chosen workflow first, with their state', async () => {
		const found = await list('searchInstances', { workflowId: { __rl: true, mode: 'list', value: '4210' } });
		expect(names(found)[0]).toBe('Jonas Meyer (running)');
		expect(names(found)).toContain('Lena Fischer (completed)');
		expect(found.results[0].url).toMatch(/^http/);
	});

	it('are searched by the service and paged', async () => {
		for (let index = 0; index < 120; index++) instance({ name: `Nr ${index}` });
		const first = await list('searchInstances', { workflowId: '4210' }, { filter: 'nr' });
		expect(first.results).toHaveLength(100);
		const second = await list(
			'searchInstances',
			{ workflowId: '4210' },
			{ filter: 'nr', paginationToken: first.paginationToken as string },
		);
		expect(second.results).toHaveLength(20);
		expect(sent('GET')[0].query).toMatchObject({ name: 'nr' });
	});

	it.each<[string, INodeParameters]>([
		['missing', {}],
		['empty', { workflowId: { __rl: true, mode: 'list', value: '' } }],
		['an expression without a known value', { workflowId: '={{ $json.workflow }}' }],
		[
			'an expression in the locator',
			{ workflowId: { __rl: true, mode: 'id', value: '={{ $("Before").item.json.id }}' } },
		],
	])('say what to do when the workflow is %s', async (_what, parameters) => {
		expect(await adviceOf(list('searchInstances', parameters))).toContain('Choose a workflow first');
		expect(bench.sandbox.requests).toEqual([]);
	});

	it.each([
		4210,
		'4210',
		{ mode: 'id', value: 4210 },
		{ mode: 'url', value: 'https://app.nextmatter.com/workflows/4210/steps?x=1' },
	])('take the workflow as %j, resolved by the editor', async (workflowId) => {
		expect((await list('searchInstances', { workflowId: workflowId as never })).results.length).toBeGreaterThan(3);
	});
});

describe('steps', () => {
	it('of an instance: the active ones first', async () => {
		const id = instance();
		bench.sandbox.state.completeStep(id, FIRST_STEP);
		const found = names(await list('searchSteps', { instanceId: String(id) }));
		expect(found).toHaveLength(11);
		expect(found.slice(0, 3).every((name) => name.endsWith('(active)'))).toBe(true);
		expect(found.slice(3).some((name) => name.endsWith('(active)'))).toBe(false);
	});

	it('of a workflow, from itself or from its newest instance', async () => {
		expect((await list('searchSteps', { workflowId: '4210' })).results).toHaveLength(11);
		expect(calls()).toEqual(['GET /processes/4210/']);
		bench.sandbox.set({ processDetail: false });
		const found = names(await list('searchSteps', { workflowId: '4210' }));
		expect(found).toHaveLength(11);
		expect(found.some((name) => name.includes('(active)'))).toBe(false);
	});

	it('are searched by name and by ID', async () => {
		expect(names(await list('searchSteps', { workflowId: '4210' }, { filter: 'buddy' }))).toEqual(['Choose a buddy']);
		expect(names(await list('searchSteps', { workflowId: '4210' }, { filter: '141497' }))).toEqual([
			'Probation review',
		]);
		expect((await list('searchSteps', { workflowId: '4210' }, { filter: 'zzz' })).results).toEqual([]);
	});

	it('name at least the active ones when the snapshot cannot be read', async () => {
		bench.sandbox.set({ snapshotShape: 'opaque' });
		expect(names(await list('searchSteps', { instanceId: String(instance()) }))).toEqual([
			`Step ${FIRST_STEP} (active)`,
		]);
	});

	it('say what to do when nothing can be read, or nothing is chosen', async () => {
		bench.sandbox.set({ processShape: 'opaque', snapshotShape: 'opaque' });
		expect(await adviceOf(list('searchSteps', { workflowId: '4210' }))).toContain('Choose "By ID"');
		expect(await adviceOf(list('searchSteps', { instanceId: '={{ $json.id }}' }))).toContain(
			'Choose an instance or a workflow first',
		);
	});
});

describe('form fields', () => {
	it('are those of the chosen step, with their type', async () => {
		const found = names(await list('searchFormFields', { workflowId: '4210', stepId: String(FIRST_STEP) }));
		expect(found).toHaveLength(8);
		expect(found[0]).toBe('Full name (Text)');
		expect(found[5]).toBe('Contract type (Radio)');
		expect(names(await list('searchFormFields', { workflowId: '4210', stepId: '141494' }))).toEqual([
			'Decision (Routing)',
			'Note to HR (Text)',
		]);
	});

	it('say what to do when the step has none that can be read', async () => {
		expect(await adviceOf(list('searchFormFields', { workflowId: '4210', stepId: '1' }))).toContain(
			'Choose the step first',
		);
		expect(await adviceOf(list('searchFormFields', {}))).toContain('Choose an instance or a workflow first');
	});
});

describe('a list that cannot be had', () => {
	it.each([401, 403] as const)('says that the key is refused (%i)', async (authFailureStatus) => {
		bench.sandbox.set({ authFailureStatus, keyState: 'revoked' });
		const failing = list('searchInstances', { workflowId: '4210' });
		await expect(failing).rejects.toThrow(new RegExp(`\\(${authFailureStatus}\\)`));
	});

	it('does not keep a person waiting for a minute', async () => {
		bench.sandbox.faults.add({ kind: 'rate-limit', retryAfter: 60 });
		const started = performance.now();
		await expect(list('searchInstances', { workflowId: '4210' })).rejects.toThrow('rate limit');
		expect(performance.now() - started).toBeLessThan(2_000);
	});

	it('says that the workflow or instance does not exist', async () => {
		await expect(list('searchInstances', { workflowId: '1' })).rejects.toThrow('404');
		await expect(list('searchSteps', { instanceId: '1' })).rejects.toThrow('404');
	});

	it('says that the service is out of order', async () => {
		bench.sandbox.faults.add({ kind: 'status', status: 503, times: 'always' });
		await expect(hurried(async () => await list('searchWorkflows'))).rejects.toThrow('503');
	});
});

/** The first step's form, as the mapper shows it. */
const COLUMNS = [
	{ id: '369584', displayName: 'Full name *', required: true, type: 'string' },
	{ id: '369585', displayName: 'Private email *', required: true, type: 'string' },
	{ id: '369586', displayName: 'Start date *', required: true, type: 'dateTime' },
	{ id: '369587', displayName: expect.stringContaining('Home address'), required: false, type: 'string' },
	{ id: '369588', displayName: 'Department *', required: true, type: 'options' },
	{ id: '369589', displayName: 'Contract type *', required: true, type: 'options' },
	{ id: '369590', displayName: 'Annual salary', required: false, type: 'number' },
	{ id: '369591', displayName: 'Signed contract (URLs)', required: false, type: 'string' },
];

describe('the form of a step', () => {
	const shapes = switchTable.snapshotShape.values.filter((shape) => shape !== 'opaque');
	const typeNames = switchTable.fieldTypeNames.values.filter((value) => value !== 'absent');

	it.each(shapes.flatMap((shape) => typeNames.map((names) => [shape, names] as const)))(
		'of a workflow (%s, %s)',
		async (processShape, fieldTypeNames) => {
			bench.sandbox.set({ processShape, fieldTypeNames });
			const { fields } = await form({ workflowId: '4210', stepId: String(FIRST_STEP) });
			expect(fields).toMatchObject(COLUMNS);
			expect(fields[4].options?.map(({ value }) => value)).toEqual([
				'Engineering',
				'Finance',
				'Marketing',
				'Operations',
				'Sales',
			]);
		},
	);

	it.each(shapes.flatMap((shape) => switchTable.injectedValues.values.map((values) => [shape, values] as const)))(
		'of an instance (%s, values as %s)',
		async (snapshotShape, injectedValues) => {
			for (const snapshotType of switchTable.snapshotType.values) {
				bench.sandbox.set({ snapshotShape, injectedValues, snapshotType });
				const { fields } = await form({ instanceId: '88001', stepId: String(FIRST_STEP) });
				expect(fields).toMatchObject(COLUMNS);
			}
		},
	);

	it.each(switchTable.injectedValues.values)(
		'recognises types by their values where the service does not name them (%s)',
		async (injectedValues) => {
			bench.sandbox.set({ fieldTypeNames: 'absent', injectedValues });
			const { fields } = await form({ instanceId: '88001', stepId: String(FIRST_STEP) });
			expect(fields.map(({ id }) => id)).toEqual(COLUMNS.map(({ id }) => id));
			expect(fields.find(({ id }) => id === '369586')?.type).toBe('dateTime');
			expect(fields.find(({ id }) => id === '369590')?.type).toBe('number');
		},
	);

	it('says of a field without known type that it is sent as text', async () => {
		bench.sandbox.set({ fieldTypeNames: 'absent' });
		const { fields } = await form({ workflowId: '4210', stepId: String(FIRST_STEP) });
		expect(fields[0]).toMatchObject({ displayName: 'Full name * (sent as text)', type: 'string' });
	});

	it('is that of the first step when none is chosen', async () => {
		expect((await form({ workflowId: '4210' })).fields).toMatchObject(COLUMNS);
	});

	it('has no column for an instruction, and hints for lists', async () => {
		const { fields } = await form({ workflowId: '4210', stepId: '141496' });
		expect(fields.map(({ displayName }) => displayName)).toEqual([
			'Profile photo (URLs)',
			'Signature for the equipment (URLs)',
			'Intranet profile (URL)',
			'Trainings * (Data protection, Fire safety, First aid, Product basics)',
		]);
	});

	it.each<[string, INodeParameters, object]>([
		['opaque workflow and instances', { workflowId: '4210' }, { processShape: 'opaque', snapshotShape: 'opaque' }],
		['an opaque instance', { instanceId: '88001', stepId: '141487' }, { snapshotShape: 'opaque' }],
		['nothing chosen', {}, {}],
		['an instance by an expression', { instanceId: '={{ $json.id }}', stepId: '141487' }, {}],
		['a step of another workflow', { workflowId: '4210', stepId: '141510' }, {}],
	])('points to the other mode: %s', async (_what, parameters, switches) => {
		bench.sandbox.set(switches);
		const { fields, emptyFieldsNotice } = await form(parameters);
		expect(fields).toEqual([]);
		expect(emptyFieldsNotice).toContain("set 'Input Mode' to 'Fields'");
	});

	it('can be filled in and sent as it was shown', async () => {
		const id = instance();
		const { fields } = await form({ instanceId: String(id), stepId: String(FIRST_STEP) });
		const value = {
			369584: 'Ada',
			369585: 'ada@example.com',
			369586: '2026-12-01T09:00:00.000+01:00',
			369588: 'Sales',
			369589: 'Permanent',
			369590: 58000,
		};
		const formFieldMapper = { mappingMode: 'defineBelow', value, schema: fields } as never;
		await done(
			run('step.complete', {
				instanceId: String(id),
				stepId: String(FIRST_STEP),
				inputMode: 'mapper',
				formFieldMapper,
			}),
		);
		expect(bench.sandbox.state.instance(id)?.values).toMatchObject({
			[FULL_NAME]: { inputValue: 'Ada' },
			369586: { date: '2026-12-01T08:00:00Z' },
			369590: { numberValue: 58000 },
		});
	});
});
