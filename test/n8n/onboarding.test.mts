// The example workflow of examples/, as it stands.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
	COMPLETE_NODE,
	CREATE_NODE,
	judgeOnboarding,
	loadOnboarding,
	READ_NODE,
	RECORD_NODE,
	SAVE_NODE,
	TRIGGER,
	type NewHire,
} from '../../scripts/onboarding.mts';
import { environment, TIMEZONE } from './environment.mts';
import { trouble } from './workflows.mts';

suite('The example "onboarding"', () => {
	test('starts the instance, completes its first step, saves a second one and reads all of it back', async () => {
		const { client, credential, sandbox } = environment();
		sandbox.reset();
		const id = await client.importWorkflow(await loadOnboarding(), { nextMatterApi: credential });
		const execution = await client.runWorkflow(id, TRIGGER);
		assert.equal(execution.status, 'success', trouble(execution));

		const hire = execution.items(RECORD_NODE)[0]!.json as unknown as NewHire;
		const created = execution.items(CREATE_NODE)[0]!.json;
		assert.deepEqual(judgeOnboarding(sandbox.state.instance(Number(created.id)), hire, TIMEZONE), []);

		for (const node of [CREATE_NODE, COMPLETE_NODE, SAVE_NODE, READ_NODE]) {
			assert.deepEqual(
				execution.items(node).map(({ json }) => json.id),
				[created.id],
				`"${node}" gives the instance`,
			);
		}
		const read = execution.items(READ_NODE)[0]!.json;
		assert.match(JSON.stringify(read), new RegExp(hire.fullName));
		const writes = sandbox.requests.filter(({ method }) => method !== 'GET');
		assert.deepEqual(
			writes.map(({ method, path }) => `${method} ${path}`),
			[
				'POST /api/instances/',
				`POST /api/instances/${created.id}/complete_step/`,
				`POST /api/instances/${created.id}/complete_step/`,
			],
			'nothing was sent twice',
		);
	});
});
