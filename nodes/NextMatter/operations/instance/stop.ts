import { ServiceError } from '../../../kernel/errors';
import { defineBatchOperation } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { instanceStatus } from '../../api/instance';
import { instanceLocator, optionsWith } from '../parameters';
import { runBulk } from './bulk';

export const stop = defineBatchOperation<NextMatterClient>()({
	value: 'stop',
	name: 'Stop',
	action: 'Stop instance',
	description:
		'Stop a running instance for good: its open steps are not done any more, and it cannot be resumed. Needs the instance. Returns its ID and stopped: true.',
	properties: [...instanceLocator, optionsWith()],
	target: ({ instanceId }) => wholeNumberId(instanceId, "'Instance'"),
	runAll: async (client, ids) =>
		await runBulk(ids, {
			send: async (batch) => await client.abortInstances(batch),
			checkKey: async () => await client.checkKey(),
			async isDone(id) {
				const status = instanceStatus(await client.getInstance(id));
				if (status !== 'completed') return status === 'aborted';
				throw new ServiceError(
					'The instance is completed already, so it cannot be stopped',
					{ kind: 'refused', words: '', fields: [], unclear: false },
					'Stop running instances only: filter by status before this node.',
				);
			},
			doneBeforeCounts: true,
			result: (id) => ({ id, stopped: true }),
		}),
	// A failure that has its own words already keeps them.
	explain: ({ status, message }) =>
		message === '' && (status === 400 || status === 404)
			? {
					message: `The instance in 'Instance' was not stopped (${status})`,
					description: 'It does not exist, or it has ended already. Check the ID.',
				}
			: undefined,
});
