// Several items: expressions, item linking, and failures that must not touch their neighbours.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { environment } from './environment.mts';
import { IT_EQUIPMENT, PERSONAL_DETAILS, WORKFLOW } from './operations.mts';
import { byId, NODE, runNode, sourceOf, START, trouble } from './workflows.mts';

const hires = [
	{ name: 'Ana Costa', city: 'Lisbon', start: '2027-02-01' },
	{ name: 'Bo Lindqvist', city: 'Malmö', start: '2027-03-01' },
	{ name: 'Cem Yılmaz', city: 'Izmir', start: '2027-04-01' },
];

suite('Several items', () => {
	test('make one instance each, from expressions, and stay linked to their items', async () => {
		const { sandbox } = environment();
		sandbox.reset();
		const first = sandbox.state.instances.size;
		const execution = await runNode(
			{
				resource: 'instance',
				operation: 'create',
				workflowId: byId('={{ 4000 + 210 }}'),
				additionalFields: { name: '={{ $json.name }}', tags: '={{ [$json.city] }}', deadline: '={{ $json.start }}' },
			},
			{
				items: hires,
				then: [
					{
						name: 'Linked',
						type: 'n8n-nodes-base.set',
						typeVersion: 3.4,
						parameters: {
							assignments: {
								assignments: [
									{ id: '1', name: 'hire', type: 'string', value: `={{ $('${START}').item.json.name }}` },
									{ id: '2', name: 'instance', type: 'number', value: '={{ $json.id }}' },
								],
							},
							options: {},
						},
					},
				],
			},
		);
		assert.equal(execution.status, 'success', trouble(execution));
		const items = execution.items(NODE);
		assert.deepEqual(items.map(sourceOf), [0, 1, 2]);
		assert.equal(sandbox.state.instances.size, first + hires.length);
		for (const [index, hire] of hires.entries()) {
			const instance = sandbox.state.instance(Number(items[index]!.json.id));
			assert.equal(instance?.name, hire.name);
			assert.deepEqual(instance?.tags, [hire.city]);
			// Midnight in the time zone that this n8n was started with (UTC-3).
			assert.equal(Date.parse(instance?.deadline ?? ''), Date.parse(`${hire.start}T03:00:00Z`));
		}
		const linked = execution.items('Linked').map(({ json }) => json);
		assert.deepEqual(
			linked,
			hires.map(({ name }, index) => ({ hire: name, instance: items[index]!.json.id })),
		);
	});

	const middleFails = () => {
		const { sandbox } = environment();
		sandbox.reset();
		const [one, two] = ['One', 'Two'].map((name) => sandbox.state.createInstance(WORKFLOW, { name }));
		const items = [{ id: one!.id }, { id: 99_999_999 }, { id: two!.id }];
		const parameters = {
			resource: 'step',
			operation: 'save',
			instanceId: byId('={{ $json.id }}'),
			stepId: byId(PERSONAL_DETAILS),
			inputMode: 'fields',
			formFields: { field: [{ actionId: '369584', type: 'text', text: '=For {{ $json.id }}' }] },
		};
		const assertNeighbours = () => {
			for (const { id } of [one!, two!]) {
				assert.deepEqual(sandbox.state.instance(id)?.values[369584], { inputValue: `For ${id}` });
			}
		};
		return { items, parameters, assertNeighbours };
	};

	test('go on when one fails and its error is wanted among the items', async () => {
		const { items, parameters, assertNeighbours } = middleFails();
		const execution = await runNode(parameters, { items, onError: 'continueRegularOutput' });
		assert.equal(execution.status, 'success', trouble(execution));
		const output = execution.items(NODE);
		assert.deepEqual(output.map(sourceOf), [0, 1, 2]);
		assert.deepEqual([output[0]!.json.id, output[2]!.json.id], [items[0]!.id, items[2]!.id]);
		assert.match(String(output[1]!.json.error), /instance|404/i);
		const foreign = Object.keys(output[1]!.json).filter((key) => !['error', 'message', 'details'].includes(key));
		assert.deepEqual(foreign, [], 'another key would send the item down the success branch');
		assertNeighbours();
	});

	test('go on when one fails and errors have an output of their own', async () => {
		const { items, parameters, assertNeighbours } = middleFails();
		const execution = await runNode(parameters, { items, onError: 'continueErrorOutput' });
		assert.equal(execution.status, 'success', trouble(execution));
		assert.deepEqual(
			execution.items(NODE, 0).map(({ json }) => json.id),
			[items[0]!.id, items[2]!.id],
		);
		assert.equal(execution.items(NODE, 1).length, 1);
		assertNeighbours();
	});

	test('stop with a clear message when one fails and nothing else was chosen', async () => {
		const { sandbox } = environment();
		sandbox.reset();
		const { id } = sandbox.state.createInstance(WORKFLOW, { name: 'Too early' });
		const execution = await runNode({
			resource: 'step',
			operation: 'complete',
			instanceId: byId(id),
			stepId: byId(IT_EQUIPMENT),
			inputMode: 'fields',
			formFields: {},
		});
		assert.equal(execution.status, 'error');
		assert.match(execution.error?.message ?? '', /step/i);
		assert.ok(
			!JSON.stringify(execution.data).includes(sandbox.apiKey),
			'the key is in no part of the stored execution',
		);
		assert.equal(sandbox.state.instance(id)?.steps[PERSONAL_DETAILS]?.status, 'active');
	});
});
