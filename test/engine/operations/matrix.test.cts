/**
 * Every operation under every value of every switch of the sandbox, judged by its output and by what
 * the sandbox holds. The result is the table `docs/operations-matrix.md`; `UPDATE_DOCS=1` writes it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { IDataObject, INode } from 'n8n-workflow';
import { switchTable, type Switches } from '../../../sandbox/next-matter/switches.mts';
import { file, type NodeResult } from '../harness/engine.mts';
import { FIRST_STEP, FULL_NAME, hurried, ONBOARDING, PERSONAL, personalForm, useBench } from './support.mts';

const bench = useBench();

const FILE = join(__dirname, '../../../docs/operations-matrix.md');

/** The instances that the operations of one run work on. */
interface Scene {
	filled: number;
	fresh: Record<string, number>;
}

interface Row {
	/** `resource.operation`, and what is special about it. */
	name: string;
	parameters(scene: Scene): IDataObject;
	/** @returns whether the output and the sandbox are as they should be */
	isRight(rows: IDataObject[], scene: Scene): boolean;
}

const held = (id: unknown) => bench.sandbox.state.instance(Number(id));
const isCompleted = (id: unknown) =>
	held(id)?.steps[FIRST_STEP].status === 'completed' && held(id)?.values[FULL_NAME] !== undefined;
const place = (id: number) => ({ instanceId: String(id), stepId: String(FIRST_STEP) });
const workflowId = String(ONBOARDING);

const ROWS: Row[] = [
	{
		name: 'instance.create',
		parameters: () => ({ workflowId, additionalFields: { name: 'Ada', tags: ['m2'] }, simplify: true }),
		isRight: ([json]) => json.name === 'Ada' && json.status === 'running' && held(json.id)?.name === 'Ada',
	},
	{
		name: 'instance.create (key known)',
		parameters: () => ({ workflowId, additionalFields: { deduplicationKey: 'deal-1' }, simplify: true }),
		isRight: ([json], { filled }) => json.id === filled,
	},
	{
		name: 'instance.createAndCompleteStep',
		parameters: () => ({ workflowId, ...personalForm(), simplify: true }),
		isRight: ([json]) => isCompleted(json.id),
	},
	{
		name: 'instance.get (values, times)',
		parameters: ({ filled }) => ({
			instanceId: String(filled),
			options: { includeValues: true, includeStepTimes: true },
		}),
		isRight: ([json], { filled }) =>
			json.id === filled &&
			json.workflowId === ONBOARDING &&
			json.status === 'running' &&
			(json.values as IDataObject)[FULL_NAME] === 'Ada Byron' &&
			typeof ((json.stepTimes as IDataObject)[FIRST_STEP] as IDataObject)?.completedTime === 'string',
	},
	{
		name: 'instance.getAll (details)',
		parameters: () => ({ workflowId, returnAll: true, filters: { tags: ['m'] }, options: { includeDetails: true } }),
		isRight: (rows, { filled, fresh }) =>
			rows
				.map(({ id }) => id)
				.sort()
				.join() === [filled, ...Object.values(fresh)].sort().join() && rows.every(({ status }) => status === 'running'),
	},
	{
		name: 'instance.update',
		parameters: ({ fresh }) => ({ instanceId: String(fresh.update), updateFields: { tags: ['new'], tagsMode: 'add' } }),
		isRight: (_rows, { fresh }) => {
			const { name, tags, priority, deadline, stepAssignments } = held(fresh.update) ?? {};
			return (
				name === 'update' &&
				String(tags) === 'm,new' &&
				priority === 'H' &&
				deadline !== null &&
				stepAssignments?.length === 1
			);
		},
	},
	{
		name: 'instance.stop',
		parameters: ({ fresh }) => ({ instanceId: String(fresh.stop) }),
		isRight: ([json], { fresh }) => json.stopped === true && held(fresh.stop)?.status === 'aborted',
	},
	{
		name: 'instance.delete',
		parameters: ({ fresh }) => ({ instanceId: String(fresh.delete) }),
		isRight: ([json], { fresh }) => json.deleted === true && held(fresh.delete) === undefined,
	},
	{
		name: 'step.complete',
		parameters: ({ fresh }) => ({ ...place(fresh.complete), ...personalForm() }),
		isRight: (_rows, { fresh }) => isCompleted(fresh.complete),
	},
	{
		name: 'step.complete (mapped by name)',
		parameters: ({ fresh }) => ({
			...place(fresh.mapped),
			inputMode: 'mapper',
			formFieldMapper: { mappingMode: 'autoMapInputData', value: null },
		}),
		isRight: (_rows, { fresh }) => isCompleted(fresh.mapped),
	},
	{
		name: 'step.save (binary file)',
		parameters: ({ fresh }) => ({
			...place(fresh.file),
			formFields: { field: [{ actionId: '369591', type: 'file', binaryPropertyNames: ['data'] }] },
		}),
		isRight: (_rows, { fresh }) => JSON.stringify(held(fresh.file)?.values[369591]).includes('/media/'),
	},
	{
		name: 'step.save',
		parameters: ({ fresh }) => ({ ...place(fresh.save), ...personalForm() }),
		isRight: (_rows, { fresh }) =>
			held(fresh.save)?.steps[FIRST_STEP].status === 'active' && held(fresh.save)?.values[FULL_NAME] !== undefined,
	},
	{
		name: 'step.getAll',
		parameters: ({ filled }) => ({ instanceId: String(filled), returnAll: true }),
		isRight: (rows) => {
			const step = rows.find(({ id }) => id === FIRST_STEP);
			return (
				rows.length === 11 &&
				step?.state === 'completed' &&
				step.name === 'Collect personal details' &&
				(step.formFields as unknown[]).length === 8
			);
		},
	},
	{
		name: 'formField.getAll',
		parameters: () => ({ workflowId, stepId: String(FIRST_STEP), actionId: String(FULL_NAME), returnAll: true }),
		isRight: (rows, { filled }) => rows.find(({ instanceId }) => instanceId === filled)?.value === 'Ada Byron',
	},
	{
		name: 'workflow.get',
		parameters: () => ({ workflowId }),
		isRight: ([json]) =>
			(json.steps as IDataObject[] | undefined)?.length === 11 && json.name === 'Employee onboarding',
	},
	{
		name: 'file.upload',
		parameters: ({ filled }) => ({ options: { instanceId: String(filled), workflowId } }),
		isRight: ([json]) => String(json.url).startsWith(`${bench.sandbox.url}/media/`),
	},
];

/** Values for the switches that have no list of values. */
const PICKED: { [Name in keyof Switches]?: Array<Switches[Name]> } = {
	rateLimit: [{ limit: 8, windowMs: 5_000 }],
	latencyMs: [5],
	clockSkewMs: [90_000, -90_000],
	nextOrigin: ['http://127.0.0.1:9'],
	bulkMaxIds: [1],
	processListPageSize: [1],
	uploadMaxBytes: [1],
};

interface Exception {
	switches: Array<Partial<Switches>>;
	/** The operations' names. */
	operations: RegExp;
	/** What the error or the output says. */
	shows: RegExp;
	why: string;
}

const EXCEPTIONS: Exception[] = [
	{
		switches: [{ keyState: 'expired' }, { keyState: 'revoked' }],
		operations: /^/,
		shows: /did not accept the credential \(401\)/,
		why: 'The key is refused: every item fails with 401 and the advice to check the credential.',
	},
	{
		switches: [{ snapshotShape: 'opaque' }],
		operations: /^(instance\.get \(|step\.getAll)/,
		shows: /"values":\{\}|^\[\{"id":\d+,"state":"active"/,
		why: 'Nothing can be recognised in the snapshot: values and times are empty, and only the active steps are listed. `simplify: false` gives the snapshot as it is.',
	},
	{
		switches: [{ snapshotShape: 'opaque' }],
		operations: /mapped by name/,
		shows: /cannot be read, so columns cannot be mapped/,
		why: 'The form of the step cannot be read: nothing is sent, and the error points to the mode "Fields".',
	},
	{
		switches: [{ fieldTypeNames: 'absent' }],
		operations: /mapped by name/,
		shows: /did not accept the step in 'Step' \(400\)/,
		why: 'The types of empty form fields cannot be known, so they are sent as text, which the service refuses for a date. The mode "Fields" names the types.',
	},
	{
		switches: [{ inputObjectForm: 'wrapped' }],
		operations: /^(instance\.createAndCompleteStep|step\.complete.*|step\.save)$/,
		shows: /\(400\)/,
		why: 'The service takes only the wrapped form of a radio value: the option "Input Format" has to be set to "Wrapped".',
	},
	{
		switches: [{ processDetail: false }],
		operations: /^workflow\.get/,
		shows: /reading workflows is not offered \(404\)/,
		why: 'Reading a workflow is not offered, and the error says so.',
	},
	{
		switches: [{ processShape: 'opaque' }],
		operations: /^workflow\.get/,
		shows: /"payload":/,
		why: 'Nothing can be recognised in the workflow: it is given as it is.',
	},
	{
		switches: [{ uploads: false }, { uploadMaxBytes: 1 }],
		operations: /^(step\.save \(binary|file\.upload)/,
		shows: /not offer|not uploaded|\(413\)/,
		why: 'The upload is not offered or the file too large: the error says so, and the step is left as it was.',
	},
];

const settings: Array<[string, Partial<Switches>]> = Object.entries(switchTable).flatMap(([name, declaration]) => {
	const values: readonly unknown[] =
		'values' in declaration ? declaration.values : (PICKED[name as keyof Switches] ?? []);
	return values.map((value): [string, Partial<Switches>] => [
		`${name} = ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
		{ [name]: value },
	]);
});

const fits = (setting: Partial<Switches>, wanted: Partial<Switches>) =>
	JSON.stringify(setting) === JSON.stringify(wanted);
const exceptionFor = (setting: Partial<Switches>, { name }: Row) =>
	EXCEPTIONS.find(
		({ switches, operations }) => operations.test(name) && switches.some((wanted) => fits(setting, wanted)),
	);

function scene(): Scene {
	const { state } = bench.sandbox;
	const filled = state.createInstance(ONBOARDING, { name: 'Ada', tags: ['m', 'deal-1'] }).id;
	state.completeStep(filled, FIRST_STEP, PERSONAL);
	const names = ['update', 'stop', 'delete', 'complete', 'mapped', 'file', 'save'];
	const assigned = {
		priority: 'H' as const,
		deadline: '2027-01-01T00:00:00Z',
		stepAssignments: [{ step_id: 141490, user_id: 3102 }],
	};
	const fresh = names.map((name) => [name, state.createInstance(ONBOARDING, { name, tags: ['m'], ...assigned }).id]);
	return { filled, fresh: Object.fromEntries(fresh) as Record<string, number> };
}

/** All operations in one workflow, each behind the start; a failure of one leaves the others alone. */
async function runAll(made: Scene): Promise<NodeResult[]> {
	const base = { typeVersion: 1, parameters: {} };
	const start = {
		...base,
		id: 'start',
		name: 'Start',
		type: 'n8n-nodes-base.manualTrigger',
		position: [0, 0],
	} as INode;
	const nodes = ROWS.map(({ name, parameters }, index): INode => {
		const [resource, operation] = name.split(/[. ]/);
		return {
			...base,
			id: String(index),
			name,
			type: 'n8n-nodes-nextmatter.nextMatter',
			// n8n goes from top to bottom: what counts instances comes before what ends them.
			position: [200, 100 * (name.startsWith('instance.getAll') ? -1 : index)],
			onError: 'continueRegularOutput',
			parameters: { resource, operation, ...parameters(made) } as INode['parameters'],
		};
	});
	const items = [
		{
			json: {
				'Full name': 'Ada',
				'Private email': 'a@b.co',
				'Start date': '2026-12-01',
				Department: 'Sales',
				'Contract type': 'Permanent',
			},
			binary: { data: file('hello', 'a.txt', 'text/plain') },
		},
	];
	const main = [nodes.map(({ name }) => ({ node: name, type: 'main' as const, index: 0 }))];
	const { nodes: results } = await bench.engine.runWorkflow(
		{ nodes: [start, ...nodes], connections: { Start: { main } } },
		{ items },
	);
	return ROWS.map(({ name }) => results[name]);
}

const table: string[] = [];
const notes = EXCEPTIONS.map(({ why }, index) => `${index + 1}. ${why}`);

it.each(settings)('%s', async (title, setting) => {
	bench.sandbox.set(setting);
	const made = scene();
	const results = 'rateLimit' in setting ? await hurried(async () => await runAll(made)) : await runAll(made);
	const outcomes = ROWS.map((row, index) => {
		const rows = results[index].items.map(({ json }) => json);
		const text = JSON.stringify(rows);
		const exception = exceptionFor(setting, row);
		const isRight = rows.length > 0 && !('error' in rows[0]) && row.isRight(rows, made);
		if (exception)
			return !isRight && exception.shows.test(text)
				? String(EXCEPTIONS.indexOf(exception) + 1)
				: `not as explained: ${text.slice(0, 600)}`;
		return isRight ? 'ok' : `${row.name}: ${text.slice(0, 600)}`;
	});
	expect(outcomes.filter((outcome) => outcome !== 'ok' && !/^\d+$/.test(outcome))).toEqual([]);
	table.push(`| \`${title.replaceAll('|', '\\|')}\` | ${outcomes.join(' | ')} |`);
});

it('is what docs/operations-matrix.md says', () => {
	expect(table).toHaveLength(settings.length);
	const content = [
		'# Operations under every setting of the sandbox',
		'',
		'Written by `test/engine/operations/matrix.test.cts` (`UPDATE_DOCS=1`); the test fails when it is not up to date.',
		'What the API documents leave open is a switch of the sandbox (`npm run sandbox -- --list-switches` explains each).',
		'Every operation runs under each value of each switch, the others at their default, in the real n8n engine. `ok`: the output is right and the sandbox holds what it should. A number: it is as explained below.',
		'',
		`| switch | ${ROWS.map(({ name }) => name.replace('.', ' ')).join(' | ')} |`,
		`|---|${ROWS.map(() => '---|').join('')}`,
		...table,
		'',
		...notes,
		'',
	].join('\n');
	if (process.env.UPDATE_DOCS === '1') {
		mkdirSync(dirname(FILE), { recursive: true });
		writeFileSync(FILE, content);
	}
	expect(readFileSync(FILE, 'utf8')).toBe(content);
});
