/** Each operation does its work: what the sandbox holds and received, and what comes out. */
import type { IDataObject } from 'n8n-workflow';
import { file } from '../harness/engine.mts';
import {
	done,
	FIRST_STEP,
	FULL_NAME,
	jsonOf,
	ONBOARDING,
	PERSONAL,
	personalForm,
	useBench,
	VISIT,
} from './support.mts';

const bench = useBench();
const { run, calls, sent, instance } = bench;

const TEN_FIELDS = [
	'id',
	'name',
	'status',
	'workflowId',
	'activeStepIds',
	'tags',
	'priority',
	'deadline',
	'startedTime',
	'endedTime',
];

const held = (id: unknown) => bench.sandbox.state.instance(Number(id));

describe('instance create', () => {
	it('sends everything that was entered, and gives the instance as it is', async () => {
		const [json] = await done(
			run(
				'instance.create',
				{
					workflowId: { __rl: true, mode: 'list', value: String(VISIT) },
					additionalFields: {
						name: '={{ "Visit to " + $json.customer }}',
						deadline: '2026-12-24T18:00:00+01:00',
						priority: 'V',
						tags: ['vip', '={{ $json.region }}'],
					},
					stepAssignments: {
						assignment: [
							{ stepId: { __rl: true, mode: 'id', value: '141530' }, userId: '3102' },
							{ stepId: '141531', userId: '={{ $json.user }}' },
						],
					},
				},
				{ items: [{ customer: 'Nordwind', region: 'north', user: 3105 }] },
			),
		);
		expect(calls()).toEqual(['POST /instances/']);
		expect(sent('POST')[0].body).toEqual({
			process: `${bench.sandbox.apiUrl}/processes/${VISIT}/`,
			name: 'Visit to Nordwind',
			deadline: '2026-12-24T17:00:00Z',
			priority: 'V',
			tags: ['vip', 'north'],
			step_assignments: [
				{ step_id: 141530, user_id: 3102 },
				{ step_id: 141531, user_id: 3105 },
			],
		});
		// Raw by default: the keys are the service's.
		expect(json).toMatchObject({ name: 'Visit to Nordwind', active_step_ids: [141530] });
		expect(held(json.id)).toMatchObject({ name: 'Visit to Nordwind', priority: 'V', tags: ['vip', 'north'] });
	});

	it('sends nothing that was not entered', async () => {
		await done(
			run('instance.create', {
				workflowId: '4210',
				additionalFields: { name: '', deadline: '', priority: '', tags: [] },
			}),
		);
		expect(sent('POST')[0].body).toEqual({ process: `${bench.sandbox.apiUrl}/processes/${ONBOARDING}/` });
	});

	it('simplifies on demand', async () => {
		const [json] = await done(run('instance.create', { workflowId: '4210', simplify: true }));
		expect(Object.keys(json)).toEqual(TEN_FIELDS);
		expect(json).toMatchObject({
			status: 'running',
			workflowId: ONBOARDING,
			activeStepIds: [FIRST_STEP],
			endedTime: null,
		});
	});
});

describe('instance createAndCompleteStep', () => {
	it('starts an instance and completes its first active step', async () => {
		const [json] = await done(
			run('instance.createAndCompleteStep', {
				workflowId: '4210',
				additionalFields: { name: 'Ada' },
				...personalForm(),
				simplify: true,
			}),
		);
		expect(calls()).toEqual(['POST /instances/', `POST /instances/${String(json.id)}/complete_step/`]);
		expect(Object.keys(json)).toEqual(TEN_FIELDS);
		expect(held(json.id)).toMatchObject({ values: PERSONAL, steps: { [FIRST_STEP]: { status: 'completed' } } });
	});

	it('completes the step that was chosen', async () => {
		const [json] = await done(
			run('instance.createAndCompleteStep', { workflowId: '4210', stepId: String(FIRST_STEP), ...personalForm() }),
		);
		expect(held(json.id)?.steps[FIRST_STEP].status).toBe('completed');
	});

	it('does not take a group for the first step', async () => {
		bench.sandbox.set({ activeSteps: 'with-groups' });
		bench.sandbox.state.addWorkflow({
			id: 5000,
			name: 'Group first',
			steps: [
				{
					id: 600,
					name: 'Group',
					type: 'group',
					steps: [{ id: 601, name: 'Inside', actions: [{ id: 700, name: 'Word', type: 'text' }] }],
				},
			],
		});
		const formFieldsJson = '[{"action_id": 700, "input_object": {"inputValue": "yes"}}]';
		const [json] = await done(
			run('instance.createAndCompleteStep', { workflowId: '5000', inputMode: 'json', formFieldsJson }),
		);
		expect(held(json.id)).toMatchObject({ status: 'completed', values: { 700: { inputValue: 'yes' } } });
	});
});

describe('instance get', () => {
	it('gives ten fields by default', async () => {
		const id = instance({ name: 'Ada', tags: ['x'], priority: 'H', deadline: '2027-01-01T00:00:00Z' });
		const [json] = await done(run('instance.get', { instanceId: String(id) }));
		expect(Object.keys(json)).toEqual(TEN_FIELDS);
		expect(json).toMatchObject({
			id,
			name: 'Ada',
			status: 'running',
			workflowId: ONBOARDING,
			tags: ['x'],
			priority: 'H',
		});
		expect(new Date(json.deadline as string).toISOString()).toBe('2027-01-01T00:00:00.000Z');
	});

	it.each([
		['completed', { completedTime: '2026-11-21T10:00:00Z' }],
		['aborted', { abortedTime: '2026-11-21T10:00:00Z' }],
	])('tells that an instance is %s, and since when', async (status, times) => {
		const id = instance({ startedTime: '2026-11-20T10:00:00Z', ...times });
		const [json] = await done(run('instance.get', { instanceId: String(id) }));
		expect(json).toMatchObject({ status, activeStepIds: [] });
		expect(json.endedTime).toMatch(/^2026-11-21T10:00:00/);
	});

	it('adds plain values and step times on demand', async () => {
		const id = instance();
		bench.sandbox.state.completeStep(id, FIRST_STEP, PERSONAL);
		const options = { includeValues: true, includeStepTimes: true };
		const [json] = await done(run('instance.get', { instanceId: String(id), options }));
		expect(sent('GET')[0].query).toEqual({ inject_values: 'true', steps_time_frame: 'true' });
		expect(json.values).toEqual({
			369584: 'Ada Byron',
			369585: 'ada@example.com',
			369586: '2026-12-01T08:00:00Z',
			369588: 'Engineering',
			369589: 'Permanent',
		});
		expect(json.stepTimes).toMatchObject({
			[FIRST_STEP]: { completedTime: expect.any(String) },
			141497: { startedTime: null },
		});
	});

	it('gives the answer as it is without simplify', async () => {
		const id = instance({ name: 'Ada' });
		const [json] = await done(run('instance.get', { instanceId: String(id), simplify: false }));
		expect(json).toMatchObject({
			url: `${bench.sandbox.apiUrl}/instances/${id}/`,
			process_snapshot: { id: ONBOARDING },
		});
	});
});

describe('instance getAll', () => {
	it('gives rows with four fields', async () => {
		const rows = await done(run('instance.getAll', { workflowId: '4210', limit: 2 }));
		expect(rows).toHaveLength(2);
		for (const row of rows) expect(Object.keys(row)).toEqual(['id', 'name', 'status', 'workflowId']);
	});

	it('gives rows as they are without simplify', async () => {
		const [row] = await done(run('instance.getAll', { workflowId: '4210', limit: 1, simplify: false }));
		expect(Object.keys(row)).toEqual(['id', 'name', 'status', 'public_url']);
	});

	it('reads whole instances, with values', async () => {
		const options = { includeDetails: true, includeValues: true };
		const rows = await done(run('instance.getAll', { workflowId: '4210', filters: { name: 'Lena' }, options }));
		expect(rows).toHaveLength(1);
		expect(Object.keys(rows[0])).toEqual([...TEN_FIELDS, 'values']);
		expect(rows[0].values).toMatchObject({ [FULL_NAME]: 'Lena Fischer', 369590: 58000 });
	});
});

describe('instance update', () => {
	it('changes what was entered and nothing else', async () => {
		const id = instance({ name: 'Ada', tags: ['a'], priority: 'H', deadline: '2027-01-01T00:00:00Z' });
		const [json] = await done(run('instance.update', { instanceId: String(id), updateFields: { priority: 'V' } }));
		expect(calls()).toEqual([`GET /instances/${id}/`, `PUT /instances/${id}/`]);
		expect(json).toMatchObject({ id, priority: 'V', name: 'Ada' });
		expect(held(id)).toMatchObject({ name: 'Ada', tags: ['a'], priority: 'V' });
	});
});

describe('instance stop and delete', () => {
	it('stops all items with one request', async () => {
		const ids = [instance(), instance(), instance()];
		const items = ids.map((id) => ({ id }));
		const result = await run('instance.stop', { instanceId: '={{ $json.id }}' }, { items });
		expect(result.items).toEqual(ids.map((id, item) => ({ json: { id, stopped: true }, pairedItem: { item } })));
		expect(calls()).toEqual(['POST /instances/bulk/abort']);
		expect(ids.map((id) => held(id)?.status)).toEqual(['aborted', 'aborted', 'aborted']);
	});

	it('deletes all items with one request, one named twice too', async () => {
		const ids = [instance(), instance()];
		const items = [...ids, ids[0]].map((id) => ({ id }));
		const rows = await done(run('instance.delete', { instanceId: '={{ $json.id }}' }, { items }));
		expect(rows).toEqual([...ids, ids[0]].map((id) => ({ id, deleted: true })));
		expect(sent('POST')[0].body).toEqual({ ids });
		expect(ids.map(held)).toEqual([undefined, undefined]);
	});
});

describe('step', () => {
	it.each([
		['complete', 'completed'],
		['save', 'active'],
	])('%s stores the form and leaves the step %s', async (mode, status) => {
		const id = instance();
		const place = { instanceId: String(id), stepId: String(FIRST_STEP) };
		const [json] = await done(run(`step.${mode}`, { ...place, ...personalForm() }));
		expect(calls()).toEqual([`POST /instances/${id}/complete_step/`]);
		expect(sent('POST')[0].body).toMatchObject({ step_id: FIRST_STEP, mode });
		expect(json).toMatchObject({ id, process_snapshot: expect.anything() });
		expect(held(id)).toMatchObject({ values: PERSONAL, steps: { [FIRST_STEP]: { status } } });
		const [short] = await done(
			run('step.save', { instanceId: String(instance()), stepId: String(FIRST_STEP), simplify: true }),
		);
		expect(Object.keys(short)).toEqual(TEN_FIELDS);
	});

	it('getAll gives every step with its state, times and form fields', async () => {
		const id = instance();
		bench.sandbox.state.completeStep(id, FIRST_STEP, PERSONAL);
		const steps = await done(run('step.getAll', { instanceId: String(id), returnAll: true }));
		expect(steps).toHaveLength(11);
		expect(steps[0]).toMatchObject({
			id: FIRST_STEP,
			name: 'Collect personal details',
			state: 'completed',
			parentId: null,
			instanceId: id,
		});
		expect(steps[0].completedTime).toEqual(expect.any(String));
		expect((steps[0].formFields as IDataObject[])[0]).toEqual({ id: FULL_NAME, name: 'Full name', type: 'text' });
		const byId = new Map(steps.map((step) => [step.id, step]));
		expect(byId.get(141492)).toMatchObject({ state: 'active', parentId: 141491 });
		expect(byId.get(141493)).toMatchObject({ state: 'notActive' });
		expect(await done(run('step.getAll', { instanceId: String(id), limit: 2 }))).toHaveLength(2);
		const [raw] = await done(run('step.getAll', { instanceId: String(id), simplify: false }));
		expect(Object.keys(raw)).toEqual(['instanceId', 'status', 'active_step_ids', 'step_deadlines', 'process_snapshot']);
	});
});

describe('formField getAll', () => {
	const place = { workflowId: '4210', stepId: String(FIRST_STEP), actionId: String(FULL_NAME) };

	it('gives the plain value of each instance', async () => {
		const rows = await done(run('formField.getAll', { ...place, returnAll: true }));
		expect(rows).toHaveLength(5);
		expect(rows.find(({ instanceName }) => instanceName === 'Lena Fischer')).toEqual({
			instanceId: expect.any(Number),
			instanceName: 'Lena Fischer',
			value: 'Lena Fischer',
		});
	});

	it.each(['empty-object', 'null'] as const)(
		'gives null where nothing is filled in (%s)',
		async (fieldValueMissing) => {
			bench.sandbox.set({ fieldValueMissing });
			const rows = await done(run('formField.getAll', { ...place, filters: { name: 'Jonas' } }));
			expect(rows).toEqual([{ instanceId: expect.any(Number), instanceName: 'Jonas Meyer', value: null }]);
		},
	);

	it('gives rows as they are without simplify', async () => {
		const [row] = await done(run('formField.getAll', { ...place, simplify: false, limit: 1 }));
		expect(Object.keys(row).sort()).toEqual(['instance_id', 'instance_name', 'settings', 'value']);
	});
});

describe('workflow get', () => {
	it('gives steps and form fields', async () => {
		const [json] = await done(run('workflow.get', { workflowId: '4210' }));
		expect(json).toMatchObject({ id: ONBOARDING, name: 'Employee onboarding' });
		const [first] = json.steps as IDataObject[];
		expect(first).toMatchObject({ id: FIRST_STEP, name: 'Collect personal details' });
		expect((first.formFields as IDataObject[])[4]).toEqual({
			id: 369588,
			name: 'Department',
			type: 'single_select',
			required: true,
			choices: ['Engineering', 'Finance', 'Marketing', 'Operations', 'Sales'],
		});
		const [raw] = await done(run('workflow.get', { workflowId: '4210', simplify: false }));
		expect(raw).toMatchObject({ url: `${bench.sandbox.apiUrl}/processes/4210/` });
	});
});

describe('file upload', () => {
	const PNG = Buffer.from(
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
		'base64',
	);

	it.each([
		['file', file('hello', 'Ümläut.txt', 'text/plain'), 'hello'],
		['image', file(PNG, 'dot.png', 'image/png'), PNG.toString('latin1')],
	])('sends a %s as multipart and gives its URL', async (kind, binary, content) => {
		const id = instance();
		const options = { instanceId: String(id), workflowId: '4210' };
		const items = [{ json: {}, binary: { scan: binary } }];
		const [json] = await done(run('file.upload', { binaryPropertyName: 'scan', kind, options }, { items }));
		expect(calls()).toEqual([`POST /${kind}s/`]);
		expect(json.url).toMatch(new RegExp(`^${bench.sandbox.url}/media/\\d+/`));
		const [stored] = [...bench.sandbox.state.files.values()];
		expect(stored).toMatchObject({ kind, name: binary.fileName, type: binary.mimeType, process: 4210, instance: id });
		expect(stored.content.toString('latin1')).toBe(content);
	});
});

describe('many items', () => {
	it('come out in order, each linked to its item, whatever is answered first', async () => {
		const ids = Array.from({ length: 12 }, (_, index) => instance({ name: `No ${index}` }));
		bench.sandbox.set({ latencyMs: 20 });
		const path = `/instances/${ids[0]}/`;
		bench.sandbox.faults.add({ kind: 'delay', ms: 150, match: { path } });
		const result = await run('instance.get', { instanceId: '={{ $json.id }}' }, { items: ids.map((id) => ({ id })) });
		expect(result.items.map(({ json, pairedItem }) => [json.id, pairedItem])).toEqual(
			ids.map((id, item) => [id, { item }]),
		);
		expect(Math.max(...bench.sandbox.requests.map(({ inFlight }) => inFlight))).toBe(5);
	});

	it('keeps the link for lists and the order on one instance', async () => {
		const id = instance({ tags: [] });
		const items = ['a', 'b', 'c', 'd'].map((tag) => ({ tag }));
		const parameters = { instanceId: String(id), updateFields: { tags: '={{ [$json.tag] }}', tagsMode: 'add' } };
		const result = await run('instance.update', parameters, { items });
		expect(jsonOf(result).map(({ tags }) => tags)).toEqual([['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd']]);
		const lists = await run(
			'instance.getAll',
			{ workflowId: '={{ $json.w }}', limit: 2 },
			{ items: [{ w: 4211 }, { w: 4210 }] },
		);
		expect(lists.items.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 0 },
			{ item: 1 },
			{ item: 1 },
		]);
	});
});

describe('lists', () => {
	it.each([
		['the editor', ['a', 'b']],
		['an expression with a list', '={{ $json.tags }}'],
		['an expression per entry', ['={{ $json.tags[0] }}', 'b']],
		['JSON in a text', '["a", "b"]'],
		['an expression with JSON', '={{ JSON.stringify($json.tags) }}'],
	])('given by %s are the same', async (_from, tags) => {
		await done(
			run('instance.create', { workflowId: '4210', additionalFields: { tags } }, { items: [{ tags: ['a', 'b'] }] }),
		);
		expect(sent('POST')[0].body).toMatchObject({ tags: ['a', 'b'] });
	});
});

describe('locators', () => {
	const APP = 'https://app.nextmatter.com/companies/7/instances';
	it.each<[string, (id: number) => unknown]>([
		['from the list', (id) => ({ __rl: true, mode: 'list', value: String(id), cachedResultName: 'Ada' })],
		['by ID', (id) => ({ __rl: true, mode: 'id', value: ` ${id} ` })],
		['by ID, a number', (id) => ({ __rl: true, mode: 'id', value: id })],
		['by URL', (id) => ({ __rl: true, mode: 'url', value: `${APP}/${id}` })],
		['by URL with more behind it', (id) => ({ __rl: true, mode: 'url', value: `${APP}/${id}/steps?tab=1#x` })],
		['by the URL of the API', (id) => ({ __rl: true, mode: 'url', value: `http://127.0.0.1/api/instances/${id}/` })],
		['by an expression in the locator', () => ({ __rl: true, mode: 'id', value: '={{ $json.id }}' })],
		['as a plain text', (id) => String(id)],
		['as a plain expression', () => '={{ $json.id }}'],
		['as an expression that gives a locator', () => '={{ { mode: "id", value: $json.id } }}'],
	])('%s', async (_from, instanceId) => {
		const id = instance({ name: 'Ada' });
		const parameters = { instanceId: instanceId(id) as string };
		expect(await done(run('instance.get', parameters, { items: [{ id }] }))).toMatchObject([{ id }]);
	});
});

it('usable by a person who cancels: the run is canceled, not failed', async () => {
	bench.sandbox.faults.add({ kind: 'delay', ms: 3_000 });
	const stop = new AbortController();
	setTimeout(() => stop.abort(), 100);
	const result = await run('instance.get', { instanceId: '1' }, { signal: stop.signal });
	expect(result.status).toBe('canceled');
});
