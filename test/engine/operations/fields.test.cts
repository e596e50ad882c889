/** The 17 types of form fields and Raw JSON: what is entered, what is sent, what the sandbox then holds. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { FieldType } from '../../../sandbox/next-matter/types.mts';
import { file } from '../harness/engine.mts';
import { done, failed, useBench } from './support.mts';

const bench = useBench();
const { run, sent, calls, instance } = bench;

const WORKFLOW = 6000;
const STEP = 6001;
const OPTIONS = ['Option A', 'Option B', 'Option C'];

interface Case {
	type: FieldType;
	/** The parameters of the type. */
	entered: INodeParameters;
	/** Reference, 4.1. */
	sent: IDataObject;
	/** Reference, 4.2, where it differs. */
	wrapped?: IDataObject;
	/** A cell of the mapper that means the same. */
	mapped?: unknown;
	/** What it becomes, where it says less than what was entered. */
	mappedSent?: IDataObject;
}

const CASES: Case[] = [
	{
		type: 'address',
		entered: { street: '1 Main St', city: 'Berlin', zipCode: 10969 },
		sent: { city: 'Berlin', street: '1 Main St', zipCode: '10969' },
		wrapped: { inputValue: { city: 'Berlin', street: '1 Main St', zipCode: '10969' } },
		mapped: { street: '1 Main St', city: 'Berlin', zipCode: '10969' },
	},
	{
		type: 'checklist',
		entered: { items: ['Option A', 'Option B'] },
		sent: { itemsChecked: ['Option A', 'Option B'] },
		wrapped: { inputValue: { itemsChecked: ['Option A', 'Option B'] } },
		mapped: ['Option A', 'Option B'],
	},
	{
		type: 'date',
		// New York is five hours behind in December.
		entered: { date: '2026-12-01T09:00:00' },
		sent: { date: '2026-12-01T14:00:00Z' },
		mapped: '2026-12-01T14:00:00.000Z',
	},
	{
		type: 'drawing',
		entered: { urls: ['https://example.com/s.jpg'] },
		sent: { url: ['https://example.com/s.jpg'] },
		mapped: ['https://example.com/s.jpg'],
	},
	{ type: 'email', entered: { email: ' a@b.co ' }, sent: { emailValue: 'a@b.co' }, mapped: 'a@b.co' },
	{
		type: 'file',
		entered: { urls: '["https://example.com/x.pdf", "https://example.com/y.pdf"]' },
		sent: { files: ['https://example.com/x.pdf', 'https://example.com/y.pdf'] },
		mapped: '["https://example.com/x.pdf", "https://example.com/y.pdf"]',
	},
	{
		type: 'image',
		entered: { urls: ['https://example.com/x.jpg'] },
		sent: { images: ['https://example.com/x.jpg'] },
		mapped: 'https://example.com/x.jpg',
	},
	{ type: 'instruction', entered: {}, sent: { inputValue: '' } },
	{
		type: 'multiSelect',
		entered: { items: '={{ ["Option A", "Option C"] }}' },
		sent: { itemsSelected: ['Option A', 'Option C'] },
		mapped: '["Option A", "Option C"]',
	},
	{
		type: 'number',
		entered: { number: '={{ "1250.5" }}', formattedValue: '1.250,5' },
		sent: { numberValue: 1250.5, formattedValue: '1.250,5' },
		mapped: '1250.5',
		mappedSent: { numberValue: 1250.5, formattedValue: '' },
	},
	{
		type: 'radio',
		entered: { item: 'Option A' },
		sent: { radioItemSelected: 'Option A' },
		wrapped: { inputValue: { radioItemSelected: 'Option A' } },
		mapped: 'Option A',
	},
	{
		type: 'routing',
		entered: { routingAction: 'skip_forward', label: 'Approve', comment: 'Fine' },
		sent: { action: 'skip_forward', comment: 'Fine', label: 'Approve', returnToStep: '' },
		mapped: { routingAction: 'skip_forward', label: 'Approve', comment: 'Fine' },
	},
	{ type: 'singleSelect', entered: { item: 'Option B' }, sent: { itemSelected: 'Option B' }, mapped: 'Option B' },
	{
		type: 'table',
		entered: { table: '[{"Item": "Laptop", "Qty": 1}, {"Item": "Mouse", "Color": "red"}]' },
		sent: { jsonResult: '[["Item","Qty","Color"],["Laptop","1",""],["Mouse","","red"]]' },
		mapped: [
			{ Item: 'Laptop', Qty: 1 },
			{ Item: 'Mouse', Color: 'red' },
		],
	},
	{ type: 'text', entered: { text: 42 }, sent: { inputValue: '42' }, mapped: 42 },
	{
		type: 'url',
		entered: { url: 'https://example.com' },
		sent: { url: 'https://example.com' },
		wrapped: { url: { url: 'https://example.com' } },
		mapped: 'https://example.com',
	},
	{
		type: 'userSelection',
		entered: { userEmail: 'tom.becker@acme.example' },
		sent: { selection: { user_email: 'tom.becker@acme.example' } },
		mapped: 'tom.becker@acme.example',
	},
];

const idOf = (index: number) => 6100 + index;
const nameOf = ({ type }: Case) => `The ${type}`;

beforeEach(() => {
	const actions = CASES.map((entry, index) => {
		const choices = ['checklist', 'multiSelect', 'radio', 'singleSelect'].includes(entry.type)
			? { options: OPTIONS }
			: {};
		return { id: idOf(index), name: nameOf(entry), type: entry.type, ...choices };
	});
	bench.sandbox.state.addWorkflow({
		id: WORKFLOW,
		name: 'All types',
		steps: [{ id: STEP, name: 'Everything', actions }],
	});
});

const place = (id: number) => ({ instanceId: String(id), stepId: String(STEP) });

const entry = (index: number, { type, entered }: Case) => ({ actionId: String(idOf(index)), type, ...entered });

it('has a case for each of the 17 types', () => {
	expect(new Set(CASES.map(({ type }) => type)).size).toBe(17);
});

describe.each(['complete', 'save'])('step %s', (mode) => {
	it.each(['reference', 'wrapped'] as const)('sends every type in its documented form (%s)', async (inputFormat) => {
		bench.sandbox.set({ inputObjectForm: inputFormat });
		const id = instance({}, WORKFLOW);
		const formFields = { field: CASES.map((data, index) => entry(index, data)) };
		await done(run(`step.${mode}`, { ...place(id), formFields, options: { inputFormat } }));
		const { actions } = sent('POST')[0].body as { actions: unknown };
		expect(actions).toEqual(
			CASES.map((data, index) => ({
				action_id: idOf(index),
				input_object: (inputFormat === 'wrapped' && data.wrapped) || data.sent,
			})),
		);
		const view = bench.sandbox.state.instance(id);
		expect(view?.values).toEqual(Object.fromEntries(CASES.map((data, index) => [idOf(index), data.sent])));
		expect(view?.status).toBe(mode === 'complete' ? 'completed' : 'running');
	});

	it('sends the JSON as it stands, as text or as data', async () => {
		const actions = [{ action_id: idOf(14), input_object: { inputValue: 'as is' } }];
		for (const formFieldsJson of [JSON.stringify(actions), '={{ $json.actions }}']) {
			await done(
				run(
					`step.${mode}`,
					{ ...place(instance({}, WORKFLOW)), inputMode: 'json', formFieldsJson },
					{ items: [{ actions }] },
				),
			);
		}
		expect(sent('POST').map(({ body }) => (body as IDataObject).actions)).toEqual([actions, actions]);
	});
});

it.each(CASES.map((data, index) => [data.type, data, index] as const))(
	'takes %s alone, with an ID by expression',
	async (_type, data, index) => {
		const id = instance({}, WORKFLOW);
		const formFields = { field: [{ ...entry(index, data), actionId: '={{ $json.field }}' }] };
		await done(run('step.save', { ...place(id), formFields }, { items: [{ field: idOf(index) }] }));
		expect(bench.sandbox.state.instance(id)?.values).toEqual({ [idOf(index)]: data.sent });
	},
);

it('sends Raw JSON as it stands', async () => {
	const id = instance({}, WORKFLOW);
	const raw = (index: number, json: unknown) => ({ actionId: String(idOf(index)), type: 'raw', json: json as string });
	const formFields = { field: [raw(14, '{"inputValue": ""}'), raw(9, '={{ { numberValue: 3 } }}')] };
	await done(run('step.save', { ...place(id), formFields }));
	expect((sent('POST')[0].body as IDataObject).actions).toEqual([
		{ action_id: idOf(14), input_object: { inputValue: '' } },
		{ action_id: idOf(9), input_object: { numberValue: 3 } },
	]);
});

it.each([
	['a picked date', '2026-12-01T00:00:00', '2026-11-30T23:00:00Z'],
	['a date without time', '2026-07-01', '2026-06-30T22:00:00Z'],
	['an offset', '2026-12-01T09:00:00+05:30', '2026-12-01T03:30:00Z'],
	['Luxon', '={{ $json.day.toDateTime().plus({ days: 1 }) }}', '2026-12-02T08:00:00Z'],
	['a JavaScript date', '={{ new Date(Date.UTC(2026, 11, 1)) }}', '2026-12-01T00:00:00Z'],
	['milliseconds', '={{ 1796083200000 }}', '2026-12-01T00:00:00Z'],
])('sends %s in UTC', async (_what, date, expected) => {
	const id = instance({}, WORKFLOW);
	const formFields = { field: [{ actionId: String(idOf(2)), type: 'date', date }] };
	const items = [{ day: '2026-12-01T08:00:00Z' }];
	await done(run('step.save', { ...place(id), formFields }, { items, timezone: 'Europe/Berlin' }));
	expect(bench.sandbox.state.instance(id)?.values[idOf(2)]).toEqual({ date: expected });
});

describe('the mapper', () => {
	const columns = CASES.map((data, index) => [String(idOf(index)), data.mapped] as const).filter(
		([, cell]) => cell !== undefined,
	);
	const schema = CASES.map((data, index) => ({
		id: String(idOf(index)),
		displayName: nameOf(data),
		type: 'string',
		display: true,
		required: false,
		defaultMatch: false,
	}));
	const mapper = (value: unknown, mappingMode = 'defineBelow') => ({
		inputMode: 'mapper',
		formFieldMapper: { mappingMode, value, schema } as INodeParameters,
	});
	const expected = Object.fromEntries(
		CASES.flatMap((data, index) => (data.mapped === undefined ? [] : [[idOf(index), data.mappedSent ?? data.sent]])),
	);

	it.each(['plain', 'legacy'] as const)('sends what is filled in below (type names: %s)', async (fieldTypeNames) => {
		bench.sandbox.set({ fieldTypeNames });
		const id = instance({}, WORKFLOW);
		await done(run('step.complete', { ...place(id), ...mapper(Object.fromEntries(columns)) }));
		expect(bench.sandbox.state.instance(id)?.values).toEqual(expected);
	});

	it('leaves out what is empty or removed', async () => {
		const id = instance({}, WORKFLOW);
		const parameters = mapper({ [idOf(14)]: 'x', [idOf(4)]: '', [idOf(2)]: null, [idOf(15)]: 'https://example.com' });
		const shown = schema.map((column) => ({ ...column, removed: column.id === String(idOf(15)) }));
		(parameters.formFieldMapper as IDataObject).schema = shown;
		await done(run('step.save', { ...place(id), ...parameters }));
		expect(bench.sandbox.state.instance(id)?.values).toEqual({ [idOf(14)]: { inputValue: 'x' } });
	});

	it.each([
		['name', (index: number) => nameOf(CASES[index]).toUpperCase()],
		['ID', (index: number) => String(idOf(index))],
	])('maps incoming columns by %s', async (_by, name) => {
		const ids = [instance({}, WORKFLOW), instance({}, WORKFLOW)];
		const items = ids.map((id) => ({
			id,
			unrelated: 1,
			...Object.fromEntries(
				CASES.flatMap((data, index) => (data.mapped === undefined ? [] : [[name(index), data.mapped]])),
			),
		}));
		const parameters = { instanceId: '={{ $json.id }}', stepId: String(STEP), ...mapper(null, 'autoMapInputData') };
		await done(run('step.complete', parameters, { items: items as IDataObject[] }));
		expect(ids.map((id) => bench.sandbox.state.instance(id)?.values)).toEqual([expected, expected]);
		// The form is read once for both items.
		expect(calls('GET')).toHaveLength(1);
	});

	it('maps into the first step of a new instance without reading anything', async () => {
		const parameters = { workflowId: String(WORKFLOW), ...mapper({ [idOf(14)]: 'x' }) };
		await done(run('instance.createAndCompleteStep', parameters));
		expect(calls()).toEqual(['POST /instances/', expect.stringMatching(/complete_step\/$/)]);
	});

	it.each([
		['the form cannot be read', { snapshotShape: 'opaque' }, { 'The text': 'x' }, 'cannot be read'],
		['no column fits', {}, { text: 'x' }, 'No column of the item is named like a form field'],
	] as const)('does not complete a step by column names when %s', async (_why, switches, json, text) => {
		bench.sandbox.set(switches);
		const id = instance({}, WORKFLOW);
		const { message } = await failed(
			run('step.complete', { ...place(id), ...mapper(null, 'autoMapInputData') }, { items: [json] }),
		);
		expect(message).toContain(text);
		expect(calls('POST')).toEqual([]);
		expect(bench.sandbox.state.instance(id)?.status).toBe('running');
	});

	it.each([
		[4, 'nobody', 'is not an email address'],
		[2, 'tomorrow', 'is not a date'],
		[9, 'many', 'is not a number'],
		[13, 'no table', 'is not valid JSON'],
		[0, 'Berlin', 'is not an object'],
	])('names the column whose value does not fit (%i)', async (index, cell, text) => {
		const id = instance({}, WORKFLOW);
		const { message } = await failed(run('step.complete', { ...place(id), ...mapper({ [idOf(index)]: cell }) }));
		expect(message).toContain(text);
		expect(message).toContain(nameOf(CASES[index]));
		expect(calls('POST')).toEqual([]);
	});
});

describe('binary files', () => {
	const PNG = Buffer.from(
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
		'base64',
	);
	const items = [
		{
			json: {},
			binary: { contract: file('%PDF', 'contract.pdf', 'application/pdf'), photo: file(PNG, 'me.png', 'image/png') },
		},
	];
	const formFields = {
		field: [
			{
				actionId: String(idOf(5)),
				type: 'file',
				urls: ['https://example.com/a.pdf'],
				binaryPropertyNames: ['contract'],
			},
			{ actionId: String(idOf(6)), type: 'image', binaryPropertyNames: '["photo"]' },
		],
	};

	it.each(['file_uri', 'url', 'file'] as const)(
		'are uploaded first, then their URLs are filled in (%s)',
		async (uploadUrlKey) => {
			bench.sandbox.set({ uploadUrlKey, uploadRequires: 'both' });
			const id = instance({}, WORKFLOW);
			await done(run('step.complete', { ...place(id), formFields }, { items }));
			const media = (name: string) => expect.stringMatching(new RegExp(`^${bench.sandbox.url}/media/\\d+/${name}$`));
			expect(bench.sandbox.state.instance(id)?.values).toEqual({
				[idOf(5)]: { files: ['https://example.com/a.pdf', media('contract.pdf')] },
				[idOf(6)]: { images: [media('me.png')] },
			});
			expect([...bench.sandbox.state.files.values()].map(({ process }) => process)).toEqual([WORKFLOW, WORKFLOW]);
		},
	);

	it.each([
		['not offered', { uploads: false }, 'does not offer uploads'],
		['too large', { uploadMaxBytes: 2 }, 'Request entity too large'],
	] as const)('say what is wrong when they are %s', async (_what, switches, text) => {
		bench.sandbox.set(switches);
		const id = instance({}, WORKFLOW);
		const { message, description } = await failed(run('step.complete', { ...place(id), formFields }, { items }));
		expect(message).toContain("The file 'contract' was not uploaded");
		expect(description).toContain(text);
		expect(sent('POST', '/complete_step/')).toEqual([]);
	});

	it('say which binary fields there are when one is missing', async () => {
		const field = [{ actionId: String(idOf(5)), type: 'file', binaryPropertyNames: ['scan'] }];
		const { message, description } = await failed(
			run('step.complete', { ...place(1), formFields: { field } }, { items }),
		);
		expect(message).toContain("no binary field 'scan'");
		expect(description).toContain("'contract', 'photo'");
		expect(bench.sandbox.requests).toEqual([]);
	});
});
