import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { environment } from './environment.mts';
import { operationCases } from './operations.mts';
import { NODE, runNode, trouble } from './workflows.mts';

suite('In n8n, the operation', () => {
	for (const { resource, operation, variant, binary, prepare, parameters, judge } of operationCases) {
		test(`${resource}: ${operation}${variant ? ` (${variant})` : ''}`, async () => {
			const { sandbox } = environment();
			sandbox.reset();
			const before = prepare?.(sandbox) ?? sandbox.state.createInstance(4210, { name: 'Untouched' });
			const execution = await runNode({ resource, operation, ...parameters(before) }, { binary });
			assert.equal(execution.status, 'success', trouble(execution));
			const now = sandbox.state.instance(before.id) ?? before;
			judge({ sandbox, before, now, items: execution.items(NODE), requests: [...sandbox.requests] });
			assert.deepEqual(sandbox.state.internalFaults, [], 'the sandbox kept its own schema');
		});
	}
});
