// Every operation once, as n8n runs it, judged by what the service holds afterwards. A new operation is a new entry.
import assert from 'node:assert/strict';
import type { InstanceView, RecordedRequest, Sandbox } from '../../sandbox/next-matter/server.mts';
import type { Item, Json } from '../../scripts/n8n-instance.mts';
import { byId } from './workflows.mts';

export const WORKFLOW = 4210;
export const PERSONAL_DETAILS = 141487;
export const IT_EQUIPMENT = 141489;

export interface OperationCase {
	resource: string;
	operation: string;
	/** What is special about it, where an operation has several entries. */
	variant?: string;
	/** Brings the service into the state that the operation needs. */
	prepare?(sandbox: Sandbox): InstanceView;
	/** Files of the item that goes in. */
	binary?: Json;
	/** Parameters besides resource and operation. */
	parameters(instance: InstanceView): Json;
	judge(after: {
		sandbox: Sandbox;
		/** The prepared instance, as it was before and as it is now. */
		before: InstanceView;
		now: InstanceView;
		items: Item[];
		/** What the service received while the operation ran. */
		requests: RecordedRequest[];
	}): void;
}

const prepareInstance = (sandbox: Sandbox) =>
	sandbox.state.createInstance(WORKFLOW, { name: 'Before', tags: ['old'], priority: 'V' });

/** The form of the first step, filled in. */
const personalDetails = {
	field: [
		{ actionId: '369584', type: 'text', text: 'Mia Hoffmann' },
		{ actionId: '369585', type: 'email', email: 'mia@mail.example' },
		{ actionId: '369586', type: 'date', date: '2027-01-04T08:00:00Z' },
		{ actionId: '369588', type: 'singleSelect', item: 'Engineering' },
		{ actionId: '369589', type: 'radio', item: 'Permanent' },
	],
};

const single = (items: Item[]): Json => {
	assert.equal(items.length, 1, 'one item in, one item out');
	return items[0]!.json;
};

const ids = (items: Item[]): number[] => items.map(({ json }) => Number(json.id)).sort();

export const operationCases: OperationCase[] = [
	{
		resource: 'instance',
		operation: 'create',
		parameters: () => ({
			workflowId: byId(WORKFLOW),
			additionalFields: {
				name: 'Created by n8n',
				tags: ['one', 'two'],
				priority: 'H',
				deadline: '2027-01-31T12:00:00Z',
			},
		}),
		judge({ sandbox, items }) {
			const created = sandbox.state.instance(Number(single(items).id));
			assert.ok(created, 'the instance exists');
			assert.equal(created.workflowId, WORKFLOW);
			assert.equal(created.name, 'Created by n8n');
			assert.deepEqual(created.tags, ['one', 'two']);
			assert.equal(created.priority, 'H');
			assert.equal(Date.parse(created.deadline ?? ''), Date.parse('2027-01-31T12:00:00Z'));
		},
	},
	{
		resource: 'instance',
		operation: 'get',
		prepare: prepareInstance,
		parameters: ({ id }) => ({ instanceId: byId(id) }),
		judge({ before, now, items, requests }) {
			const { id, name, status, tags, workflowId, activeStepIds } = single(items);
			assert.deepEqual({ id, name, status, tags }, { id: before.id, name: 'Before', status: 'running', tags: ['old'] });
			assert.equal(Number(workflowId), WORKFLOW);
			assert.deepEqual(activeStepIds, before.activeStepIds);
			assert.deepEqual(
				requests.map(({ method }) => method),
				['GET'],
			);
			assert.deepEqual(now, before, 'reading changes nothing');
		},
	},
	{
		resource: 'instance',
		operation: 'get',
		variant: 'with values',
		prepare(sandbox) {
			const { id } = prepareInstance(sandbox);
			return sandbox.state.setFieldValue(id, 369584, { inputValue: 'Mia Hoffmann' });
		},
		parameters: ({ id }) => ({ instanceId: byId(id), options: { includeValues: true, includeStepTimes: true } }),
		judge({ items }) {
			const values = single(items).values as Json;
			assert.match(JSON.stringify(values['369584']), /Mia Hoffmann/);
		},
	},
	{
		resource: 'instance',
		operation: 'update',
		prepare: prepareInstance,
		parameters: ({ id }) => ({ instanceId: byId(id), updateFields: { tags: ['new'], tagsMode: 'add' } }),
		judge({ before, now, items }) {
			assert.equal(single(items).id, before.id);
			assert.deepEqual([...now.tags].sort(), ['new', 'old']);
			const { name, priority, deadline, status } = now;
			assert.deepEqual(
				{ name, priority, deadline, status },
				{ name: 'Before', priority: 'V', deadline: null, status: 'running' },
			);
		},
	},
	{
		resource: 'step',
		operation: 'complete',
		prepare: prepareInstance,
		parameters: ({ id }) => ({
			instanceId: byId(id),
			stepId: byId(PERSONAL_DETAILS),
			inputMode: 'fields',
			formFields: personalDetails,
		}),
		judge({ before, now, items }) {
			assert.equal(single(items).id, before.id);
			assert.equal(now.steps[PERSONAL_DETAILS]?.status, 'completed');
			assert.ok(now.activeStepIds.includes(IT_EQUIPMENT), 'the instance moved on');
			assert.deepEqual(now.values[369584], { inputValue: 'Mia Hoffmann' });
			assert.deepEqual(now.values[369588], { itemSelected: 'Engineering' });
		},
	},
	{
		resource: 'step',
		operation: 'complete',
		variant: 'from JSON',
		prepare(sandbox) {
			const { id } = prepareInstance(sandbox);
			const inputs = [
				[369584, { inputValue: 'Before' }],
				[369585, { emailValue: 'before@mail.example' }],
				[369586, { date: '2027-01-04T08:00:00Z' }],
				[369588, { itemSelected: 'Sales' }],
				[369589, { radioItemSelected: 'Permanent' }],
			] as const;
			for (const [field, value] of inputs) sandbox.state.setFieldValue(id, field, value);
			return sandbox.state.instance(id)!;
		},
		parameters: ({ id }) => ({
			instanceId: byId(id),
			stepId: byId(PERSONAL_DETAILS),
			inputMode: 'json',
			formFieldsJson: '[{"action_id": 369584, "input_object": {"inputValue": "From JSON"}}]',
		}),
		judge({ now }) {
			assert.equal(now.steps[PERSONAL_DETAILS]?.status, 'completed');
			assert.deepEqual(now.values[369584], { inputValue: 'From JSON' });
		},
	},
	{
		resource: 'step',
		operation: 'save',
		prepare: prepareInstance,
		parameters: ({ id }) => ({
			instanceId: byId(id),
			stepId: byId(PERSONAL_DETAILS),
			inputMode: 'fields',
			formFields: { field: [personalDetails.field[0]] },
		}),
		judge({ before, now, items }) {
			assert.equal(single(items).id, before.id);
			assert.equal(now.steps[PERSONAL_DETAILS]?.status, 'active', 'the step stays open');
			assert.deepEqual(now.values[369584], { inputValue: 'Mia Hoffmann' });
		},
	},
	{
		resource: 'instance',
		operation: 'createAndCompleteStep',
		parameters: () => ({
			workflowId: byId(WORKFLOW),
			additionalFields: { name: 'In one go' },
			inputMode: 'fields',
			formFields: personalDetails,
		}),
		judge({ sandbox, items }) {
			const created = sandbox.state.instance(Number(single(items).id));
			assert.equal(created?.name, 'In one go');
			assert.equal(created?.steps[PERSONAL_DETAILS]?.status, 'completed');
			assert.deepEqual(created?.values[369585], { emailValue: 'mia@mail.example' });
		},
	},
	{
		resource: 'instance',
		operation: 'getAll',
		prepare: prepareInstance,
		parameters: () => ({ workflowId: byId(WORKFLOW), returnAll: true, filters: { status: 'running' } }),
		judge({ sandbox, items }) {
			const all = [...sandbox.state.instances.values()].map((instance) => sandbox.state.view(instance));
			const wanted = all.filter(({ workflowId, status }) => workflowId === WORKFLOW && status === 'running');
			assert.ok(wanted.length > 1 && wanted.length < all.length, 'the filter has something to do');
			assert.deepEqual(ids(items), wanted.map(({ id }) => id).sort());
		},
	},
	{
		resource: 'instance',
		operation: 'getAll',
		variant: 'with a limit',
		prepare: prepareInstance,
		parameters: () => ({ workflowId: byId(WORKFLOW), returnAll: false, limit: 2 }),
		judge({ items }) {
			assert.equal(items.length, 2);
		},
	},
	{
		resource: 'instance',
		operation: 'stop',
		prepare: prepareInstance,
		parameters: ({ id }) => ({ instanceId: byId(id) }),
		judge({ before, now, items }) {
			assert.deepEqual(single(items), { id: before.id, stopped: true });
			assert.equal(now.status, 'aborted');
		},
	},
	{
		resource: 'instance',
		operation: 'delete',
		prepare: prepareInstance,
		parameters: ({ id }) => ({ instanceId: byId(id) }),
		judge({ sandbox, before, items }) {
			assert.deepEqual(single(items), { id: before.id, deleted: true });
			assert.equal(sandbox.state.instance(before.id), undefined);
		},
	},
	{
		resource: 'step',
		operation: 'getAll',
		prepare: prepareInstance,
		parameters: ({ id }) => ({ instanceId: byId(id), returnAll: true }),
		judge({ before, items }) {
			assert.deepEqual(ids(items), Object.keys(before.steps).map(Number).sort());
		},
	},
	{
		resource: 'formField',
		operation: 'getAll',
		prepare(sandbox) {
			const { id } = prepareInstance(sandbox);
			return sandbox.state.setFieldValue(id, 369584, { inputValue: 'Mia Hoffmann' });
		},
		parameters: () => ({
			workflowId: byId(WORKFLOW),
			stepId: byId(PERSONAL_DETAILS),
			actionId: byId(369584),
			returnAll: true,
		}),
		judge({ before, items }) {
			const own = items.find(({ json }) => Number(json.instanceId ?? json.instance_id) === before.id);
			assert.match(JSON.stringify(own?.json), /Mia Hoffmann/);
		},
	},
	{
		resource: 'workflow',
		operation: 'get',
		parameters: () => ({ workflowId: byId(WORKFLOW) }),
		judge({ items }) {
			const workflow = single(items);
			assert.equal(workflow.name, 'Employee onboarding');
			assert.match(JSON.stringify(workflow), /369593/);
		},
	},
	{
		resource: 'file',
		operation: 'upload',
		binary: {
			data: { data: Buffer.from('signed').toString('base64'), mimeType: 'application/pdf', fileName: 'contract.pdf' },
		},
		parameters: () => ({ binaryPropertyName: 'data', kind: 'file' }),
		judge({ sandbox, items }) {
			const files = [...sandbox.state.files.values()];
			assert.deepEqual(
				files.map(({ kind, name, content }) => [kind, name, content.toString()]),
				[['file', 'contract.pdf', 'signed']],
			);
			assert.match(JSON.stringify(single(items)), /https?:/);
		},
	},
];
