// The trigger, as n8n polls it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workflow } from '../../scripts/n8n-instance.mts';
import { environment } from './environment.mts';
import { WORKFLOW } from './operations.mts';
import { byId, START, trouble, TRIGGER_TYPE } from './workflows.mts';

/** n8n polls once a minute at most. */
const POLL_TIMEOUT_MS = 90_000;

const listener: Workflow = {
	name: 'Listener',
	nodes: [
		{
			name: START,
			type: TRIGGER_TYPE,
			typeVersion: 1,
			position: [0, 0],
			parameters: {
				pollTimes: { item: [{ mode: 'everyMinute' }] },
				workflowId: byId(WORKFLOW),
				event: 'instanceStarted',
			},
			credentials: { nextMatterApi: {} },
		},
		{ name: 'After', type: 'n8n-nodes-base.noOp', typeVersion: 1, position: [220, 0], parameters: {} },
	],
	connections: { [START]: { main: [[{ node: 'After', type: 'main', index: 0 }]] } },
};

async function importListener(): Promise<string> {
	const { client, credential, sandbox } = environment();
	sandbox.reset();
	return await client.importWorkflow(listener, { nextMatterApi: credential });
}

async function until(condition: () => boolean | Promise<boolean>) {
	const end = performance.now() + POLL_TIMEOUT_MS;
	while (!(await condition()) && performance.now() < end) await sleep(500);
}

suite('The trigger', () => {
	test('shows an event when the editor fetches one to build the workflow with', async () => {
		const { client } = environment();
		const execution = await client.runWorkflow(await importListener(), START);
		assert.equal(execution.status, 'success', trouble(execution));
		assert.ok(execution.items(START).length > 0);
	});

	test('starts a published workflow once for an instance that started after it', async () => {
		const { client, sandbox } = environment();
		const id = await importListener();
		await client.activateWorkflow(id);
		try {
			// The first poll, made on publishing, says from when on events count.
			await until(() => sandbox.requests.length > 0);
			await sleep(1_000);
			const started = sandbox.state.createInstance(WORKFLOW, { name: 'While you wait' });
			await until(async () => (await client.listExecutions(id)).length > 0);
			const executions = await client.listExecutions(id);
			assert.deepEqual(
				executions.map(({ mode }) => mode),
				['trigger'],
			);
			const execution = await client.waitForExecution(executions[0]!.id);
			assert.equal(execution.status, 'success', trouble(execution));
			const events = execution.items('After').map(({ json }) => json);
			assert.equal(events.length, 1, JSON.stringify(events));
			assert.match(JSON.stringify(events[0]), new RegExp(`\\b${started.id}\\b`));
		} finally {
			await client.deactivateWorkflow(id);
		}
	});
});
